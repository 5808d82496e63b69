package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WrongThreadException;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Child;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.SockAddr;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Who may use a kernel: its owner, a platform thread; everybody may post, wake up and shut down. */
public abstract class OwnershipSuite {
    @BackendTest
    void K17_anAcceptedConnectionCanMoveToAnotherKernel(Lab lab) throws Exception {
        Rig from = Rig.of(lab);
        Rig to = Rig.of(lab);
        Rig.Link link = from.link();
        int open = from.kernel().stats().openHandles();
        int descriptor;
        try {
            descriptor = from.kernel().detach(link.handle());
        } catch (TorusIoException e) {
            assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP);
            return;
        }
        assertThat(from.kernel().stats().openHandles()).isEqualTo(open - 1);
        assertThatThrownBy(() -> from.kernel().detach(link.handle()))
                .isInstanceOfSatisfying(
                        TorusIoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        long handle = to.kernel().adopt(descriptor);
        IoBuffer buffer = to.kernel().allocate(16);
        long pending = to.start(token -> to.kernel().recv(handle, buffer, 0, 16, token));
        to.turn(0);
        assertThatThrownBy(() -> to.kernel().detach(handle))
                .isInstanceOfSatisfying(
                        TorusIoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
        link.write("there");
        assertThat(to.result(pending)).isEqualTo(5);
        assertThat(to.call(token -> to.kernel().send(handle, buffer, 0, 5, token)))
                .isEqualTo(5);
        assertThat(link.readText(5)).isEqualTo("there");
        assertThat(to.call(token -> to.kernel().close(handle, token))).isZero();
        // the number may come again here: nothing is left of the one that went
        Rig.Link next = from.link();
        next.write("here");
        IoBuffer own = from.kernel().allocate(16);
        assertThat(from.call(token -> from.kernel().recv(next.handle(), own, 0, 16, token)))
                .isEqualTo(4);
    }

    @BackendTest
    void K17_aForeignThreadGetsWrongThreadException(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        IoBuffer buffer = kernel.allocate(8);
        BufferGroup group = kernel.bufferGroup(2, 64);
        long handle = rig.tcp();
        rig.turn(0);
        List<ThrowingCallable> calls = List.of(
                () -> kernel.nop(1),
                () -> kernel.recv(handle, buffer, 0, 8, 1),
                () -> kernel.send(handle, buffer, 0, 8, 1),
                () -> kernel.accept(handle, 1),
                () -> kernel.recvMultishot(handle, group, 1),
                () -> kernel.close(handle, 1),
                () -> kernel.cancel(1, 1),
                () -> kernel.drain((token, result, flags) -> {}),
                () -> kernel.allocate(8),
                () -> kernel.release(buffer),
                () -> kernel.bufferGroup(2, 64),
                () -> group.recycle(0),
                group::close,
                () -> kernel.blocking(() -> 0, 1),
                () -> kernel.bind(handle, SockAddr.loopback(0)),
                () -> kernel.listen(handle, 1),
                () -> kernel.localAddress(handle),
                () -> kernel.stats(),
                kernel::close);
        Lab.join(lab.thread("foreign", () -> {
            for (int i = 0; i < calls.size(); i++) {
                assertThatThrownBy(calls.get(i)).as("call %d", i).isInstanceOf(WrongThreadException.class);
            }
            return null;
        }));
        assertThat(kernel.pending()).isZero();
        assertThat(rig.call(t -> kernel.nop(t))).isZero();
    }

    @BackendTest
    void K17_enterByAForeignThreadThrowsOnceTheKernelIsBound(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        Lab.join(lab.thread("foreign", () -> {
            assertThatThrownBy(() -> rig.kernel().enter(0)).isInstanceOf(WrongThreadException.class);
            return null;
        }));
    }

    @BackendTest
    void K17_theFirstTurnBindsTheKernelToAnotherThread(Lab lab) throws Exception {
        IoKernel kernel = IoKernel.open(KernelOptions.defaults(), lab.provider());
        Future<Long> other = lab.thread("owner", () -> {
            kernel.enter(0);
            kernel.nop(42);
            long[] seen = {-1};
            while (seen[0] < 0) {
                kernel.enter(-1);
                kernel.drain((token, result, flags) -> seen[0] = token);
            }
            kernel.close();
            return seen[0];
        });

        assertThat(Lab.join(other)).isEqualTo(42);
        assertThatThrownBy(() -> kernel.nop(1)).isInstanceOf(IllegalStateException.class);
    }

    @BackendTest
    void K17_bindingMakesAnotherThreadTheOwnerBeforeItsFirstTurn(Lab lab) throws Exception {
        IoKernel kernel = IoKernel.open(KernelOptions.defaults(), lab.provider());
        Future<Boolean> other = lab.thread("owner", () -> {
            assertThatThrownBy(() -> kernel.nop(1)).isInstanceOf(WrongThreadException.class);
            kernel.bind();
            kernel.nop(42);
            kernel.bind();
            kernel.close();
            return true;
        });

        assertThat(Lab.join(other)).isTrue();
        assertThatThrownBy(kernel::bind).isInstanceOf(WrongThreadException.class);
    }

    @BackendTest
    void K17_aKernelThatNeverTurnedCanBeClosed(Lab lab) throws Exception {
        IoKernel kernel = IoKernel.open(KernelOptions.defaults(), lab.provider());
        IoBuffer buffer = kernel.allocate(64);
        long handle = kernel.socket(dev.torus.kernel.AddressFamily.INET, dev.torus.kernel.SocketType.STREAM);
        kernel.recv(handle, buffer, 0, 8, 1);
        kernel.close();
        kernel.close();
    }

    @BackendTest
    void K17_aVirtualThreadCannotOwnAKernel(Lab lab) throws Exception {
        Thread virtual;
        IoKernel kernel = IoKernel.open(KernelOptions.defaults(), lab.provider());
        lab.own(kernel);
        Throwable[] thrown = new Throwable[1];
        Runnable work = () -> {
            try {
                kernel.enter(0);
            } catch (Throwable e) {
                thrown[0] = e;
            }
        };
        try {
            virtual = (Thread) MethodHandles.publicLookup()
                    .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class))
                    .invoke(work);
        } catch (NoSuchMethodException e) {
            Lab.skip("this JDK has no virtual threads");
            return;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        virtual.join();
        assertThat(thrown[0]).isInstanceOf(WrongThreadException.class);
        kernel.enter(0);
        assertThat(kernel.pending()).isZero();
    }

    @BackendTest
    void K17_aVirtualThreadMayPost(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        boolean[] ran = new boolean[1];
        try {
            MethodHandles.publicLookup()
                    .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class))
                    .invoke((Runnable) () -> rig.kernel().post(() -> ran[0] = true));
        } catch (NoSuchMethodException e) {
            Lab.skip("this JDK has no virtual threads");
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        while (!ran[0]) {
            rig.turn(-1);
        }
    }

    @BackendTest
    void K17_anOwnerThatDiesLeaksTheMemoryAndSaysSo(Lab lab) throws Exception {
        String reason = Child.unavailableReason();
        if (reason != null) {
            Lab.skip(reason);
        }
        // in a process of its own, because what is leaked stays leaked
        Child.Result result =
                Child.run(":", DeadOwner.class, lab.provider().getClass().getName());

        assertThat(result.output()).contains("is not freed").contains("died");
        assertThat(result.output()).endsWith("still alive\n");
        assertThat(result.status()).isZero();
    }

    @BackendTest
    void K17_manyKernelsComeAndGo(Lab lab) throws Exception {
        for (int i = 0; i < 50; i++) {
            Rig rig = new Rig(KernelOptions.builder().submissionEntries(8).build(), lab.provider());
            try (rig) {
                assertThat(rig.call(t -> rig.kernel().nop(t))).isZero();
            }
        }
    }

    @BackendTest
    void K17_twoKernelsInOneThread(Lab lab) {
        Rig one = Rig.of(lab);
        Rig two = Rig.of(lab);
        long listener = one.listener(4);
        long client = two.tcp();
        IoBuffer hello = two.buffer("hello");
        IoBuffer in = one.kernel().allocate(16);
        long accept = one.start(t -> one.kernel().accept(listener, t));
        one.turn(0);
        assertThat(two.call(t -> two.kernel().connect(client, one.address(listener), t)))
                .isZero();
        long server = one.result(accept);
        long recv = one.start(t -> one.kernel().recv(server, in, 0, 16, t));
        one.turn(0);
        assertThat(two.call(t -> two.kernel().send(client, hello, 0, 5, t))).isEqualTo(5);

        assertThat(one.result(recv)).isEqualTo(5);
    }
}
