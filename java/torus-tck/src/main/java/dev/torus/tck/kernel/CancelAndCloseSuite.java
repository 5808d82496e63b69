package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.PeerIo;
import dev.torus.tck.ring.SockAddr;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

/** Rules 6 and 7: cancel, and the two phases of close. */
public abstract class CancelAndCloseSuite {
    private static final int RACES = Integer.getInteger("torus.tck.races", 300);
    private static final long ECANCELED = Errno.ECANCELED.result();
    private static final long EBADF = Errno.EBADF.result();
    private static final long ENOENT = Errno.ENOENT.result();
    private static final long EALREADY = Errno.EALREADY.result();

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV"})
    void K06_aPendingReceiveIsCancelledAndItsBufferComesHome(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(16);
        long recv = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 16, t));
        rig.turn(0);
        assertThat(buffer.isLent()).isTrue();

        assertThat(rig.cancel(recv)).isZero();
        assertThat(rig.result(recv)).isEqualTo(ECANCELED);
        assertThat(buffer.isLent()).isFalse();
    }

    @BackendTest(operations = "ASYNC_CANCEL")
    void K06_whatHasEndedIsNotFound(Lab lab) {
        Rig rig = Rig.of(lab);
        long operation = rig.kernel().nop(1);
        rig.kernel().enter(-1);
        rig.kernel().drain((token, result, flags) -> {});

        assertThat(rig.call(t -> rig.kernel().cancel(operation, t))).isEqualTo(ENOENT);
        assertThat(rig.call(t -> rig.kernel().cancel(operation, t))).isEqualTo(ENOENT);
        for (long nonsense : new long[] {-1, 0, Long.MAX_VALUE, Long.MIN_VALUE, 0x123456789L}) {
            if (nonsense != operation) {
                assertThat(rig.call(t -> rig.kernel().cancel(nonsense, t))).isEqualTo(ENOENT);
            }
        }
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "SEND"})
    void K06_anOperationHeldBehindAnotherIsCancelledWithoutTouchingTheOther(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer one = rig.kernel().allocate(8);
        IoBuffer two = rig.kernel().allocate(8);
        IoBuffer three = rig.kernel().allocate(8);
        long first = rig.start(t -> rig.kernel().recv(link.handle(), one, 0, 8, t));
        long held = rig.start(t -> rig.kernel().recv(link.handle(), two, 0, 8, t));
        long third = rig.start(t -> rig.kernel().recv(link.handle(), three, 0, 8, t));
        rig.turn(0);

        assertThat(rig.cancel(held)).isZero();
        assertThat(rig.result(held)).isEqualTo(ECANCELED);
        assertThat(rig.isPending(first) && rig.isPending(third)).isTrue();
        link.write("1");
        assertThat(rig.result(first)).isOne();
        link.write("3");
        assertThat(rig.result(third)).isOne();
        assertThat(Rig.text(three, 0, 1)).isEqualTo("3");
    }

    @BackendTest(operations = "ASYNC_CANCEL")
    void K06_cancellingTheFirstStartsTheOneBehindIt(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer one = rig.kernel().allocate(8);
        IoBuffer two = rig.kernel().allocate(8);
        long first = rig.start(t -> rig.kernel().recv(link.handle(), one, 0, 8, t));
        long second = rig.start(t -> rig.kernel().recv(link.handle(), two, 0, 8, t));
        rig.turn(0);
        rig.cancel(first);
        assertThat(rig.result(first)).isEqualTo(ECANCELED);
        link.write("2");

        assertThat(rig.result(second)).isOne();
        assertThat(Rig.text(two, 0, 1)).isEqualTo("2");
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "ACCEPT"})
    void K06_anAcceptThatWinsAgainstCancelLeaksNoDescriptor(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(64);
        int port = rig.address(listener).getPort();
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("connector", () -> {
            for (int i = 0; i < RACES; i++) {
                start.await();
                try (SocketChannel channel = SocketChannel.open(SockAddr.loopback(port))) {
                    channel.finishConnect();
                }
                start.await();
            }
            return null;
        });
        for (int i = 0; i < RACES; i++) {
            long accept = rig.start(t -> rig.kernel().accept(listener, t));
            rig.turn(0);
            start.await();
            long cancel = rig.start(t -> rig.kernel().cancel(rig.operation(accept), t));
            long result = rig.result(accept);
            rig.result(cancel);
            start.await();
            assertThat(result).as(Errno.describe(result)).isIn(ECANCELED, Math.max(result, 0));
            if (result >= 0) {
                assertThat(rig.call(t -> rig.kernel().close(result, t))).isZero();
            }
            assertThat(rig.kernel().stats().openHandles())
                    .as("only the listener")
                    .isOne();
        }
        // the test's end counts the process's descriptors: an accepted one that nobody knows would be found
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "ACCEPT multishot"})
    void K06_aMultishotAcceptIsCancelledAndLeaksNothing(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(64);
        for (int round = 0; round < 30; round++) {
            long accept = rig.start(t -> rig.kernel().acceptMultishot(listener, t));
            rig.turn(0);
            for (int i = 0; i < 5; i++) {
                rig.channel(rig.address(listener).getPort());
            }
            rig.cancel(accept);
            Rig.Completion completion;
            do {
                completion = rig.next(accept);
                long handle = completion.result();
                if (handle >= 0) {
                    rig.call(t -> rig.kernel().close(handle, t));
                } else {
                    assertThat(handle).isEqualTo(ECANCELED);
                }
            } while (completion.more());
        }
        assertThat(rig.kernel().stats().openHandles()).isOne();
    }

    @BackendTest(operations = "CLOSE")
    void K07_closeEndsEveryPendingOperationAndComesLast(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer in = rig.kernel().allocate(64);
        IoBuffer more = rig.kernel().allocate(64);
        IoBuffer out = rig.kernel().allocate(16 << 20);
        List<Long> pending = new ArrayList<>();
        pending.add(rig.start(t -> rig.kernel().recv(link.handle(), in, 0, 64, t)));
        pending.add(rig.start(t -> rig.kernel().recv(link.handle(), more, 0, 64, t)));
        for (int i = 0; i < 5; i++) {
            pending.add(rig.start(t -> rig.kernel().send(link.handle(), out, 0, 16 << 20, t)));
        }
        pending.add(rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t)));
        for (int i = 0; i < 5; i++) {
            rig.turn(0);
        }
        long close = rig.start(t -> rig.kernel().close(link.handle(), t));
        assertThat(rig.result(close)).isZero();

        assertThat(pending).noneMatch(rig::isPending);
        assertThat(rig.order().get(rig.order().size() - 1)).isEqualTo(close);
        for (long token : pending) {
            long result = rig.result(token);
            assertThat(result == ECANCELED || result > 0)
                    .as(Errno.describe(result))
                    .isTrue();
        }
        assertThat(in.isLent() || more.isLent() || out.isLent()).isFalse();
        assertThat(rig.kernel().stats().openHandles()).isZero();
    }

    @BackendTest(operations = "CLOSE")
    void K07_operationsOnAClosingHandleCompleteWithEbadf(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer one = rig.kernel().allocate(8);
        IoBuffer two = rig.kernel().allocate(8);
        long recv = rig.start(t -> rig.kernel().recv(link.handle(), one, 0, 8, t));
        rig.turn(0);
        long close = rig.start(t -> rig.kernel().close(link.handle(), t));
        long late = rig.start(t -> rig.kernel().recv(link.handle(), two, 0, 8, t));
        long lateSend = rig.start(t -> rig.kernel().send(link.handle(), two, 0, 8, t));
        long again = rig.start(t -> rig.kernel().close(link.handle(), t));

        assertThat(rig.result(late)).isEqualTo(EBADF);
        assertThat(rig.result(lateSend)).isEqualTo(EBADF);
        assertThat(rig.result(again)).isEqualTo(EBADF);
        assertThat(rig.result(recv)).isEqualTo(ECANCELED);
        assertThat(rig.result(close)).isZero();
        assertThat(two.isLent()).isFalse();
    }

    @BackendTest(operations = "CLOSE")
    void K07_thePeerSeesTheEndAndWhatWasSentBefore(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer out = rig.buffer("last words");
        rig.call(t -> rig.kernel().send(link.handle(), out, 0, 10, t));
        rig.call(t -> rig.kernel().close(link.handle(), t));

        assertThat(link.readText(100)).isEqualTo("last words");
    }

    @BackendTest(operations = "CLOSE")
    void K07_aStaleHandleIsNotTheNewOneOfTheSameDescriptor(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(16);
        IoBuffer buffer = rig.kernel().allocate(8);
        List<Long> stale = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Rig.Link link = rig.link(listener);
            for (long old : stale.subList(Math.max(0, stale.size() - 5), stale.size())) {
                assertThat(rig.call(t -> rig.kernel().recv(old, buffer, 0, 8, t)))
                        .isEqualTo(EBADF);
                assertThat(rig.call(t -> rig.kernel().close(old, t))).isEqualTo(EBADF);
            }
            link.write("fresh");
            assertThat(rig.call(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t)))
                    .isEqualTo(5);
            rig.call(t -> rig.kernel().close(link.handle(), t));
            link.close();
            stale.add(link.handle());
        }
        assertThat(stale).doesNotHaveDuplicates();
    }

    @BackendTest(operations = {"CLOSE", "ACCEPT multishot"})
    void K07_closingAListenerEndsItsMultishotAccept(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(64);
        int port = rig.address(listener).getPort();
        long accept = rig.start(t -> rig.kernel().acceptMultishot(listener, t));
        rig.turn(0);
        for (int i = 0; i < 10; i++) {
            rig.channel(port);
        }
        long close = rig.start(t -> rig.kernel().close(listener, t));
        Rig.Completion completion;
        int accepted = 0;
        do {
            completion = rig.next(accept);
            accepted += completion.result() >= 0 ? 1 : 0;
        } while (completion.more());
        assertThat(completion.result() == ECANCELED || completion.result() >= 0).isTrue();
        assertThat(rig.result(close)).isZero();
        assertThat(rig.kernel().stats().openHandles())
                .as("what was accepted before and said so")
                .isEqualTo(accepted);
    }

    @BackendTest(operations = {"CLOSE", "RECV multishot"})
    void K07_closingDuringAMultishotReceiveLendsNoBufferUnsaid(Lab lab) {
        Rig rig = Rig.of(lab);
        BufferGroup group = rig.kernel().bufferGroup(16, 64);
        for (int round = 0; round < 30; round++) {
            Rig.Link link = rig.link();
            long recv = rig.start(t -> rig.kernel().recvMultishot(link.handle(), group, t));
            rig.turn(0);
            link.write("some data in flight");
            long close = rig.start(t -> rig.kernel().close(link.handle(), t));
            assertThat(rig.result(close)).isZero();
            for (Rig.Completion c = rig.take(recv); c != null; c = rig.take(recv)) {
                if (dev.torus.kernel.Completions.hasBuffer(c.flags())) {
                    group.recycle(dev.torus.kernel.Completions.bufferId(c.flags()));
                }
            }
            assertThat(rig.isPending(recv)).isFalse();
            assertThat(group.lent()).isZero();
            link.close();
        }
        group.close();
    }

    @BackendTest(operations = "CLOSE")
    void K07_aHundredHeldOperationsAllEnd(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer out = rig.kernel().allocate(8 << 20);
        List<Long> sends = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sends.add(rig.start(t -> rig.kernel().send(link.handle(), out, 0, 8 << 20, t)));
        }
        rig.turn(0);
        long close = rig.start(t -> rig.kernel().close(link.handle(), t));
        assertThat(rig.result(close)).isZero();
        sends.forEach(send -> rig.take(send));
        assertThat(sends).noneMatch(rig::isPending);
        assertThat(out.isLent()).isFalse();
    }

    @BackendTest(operations = "CLOSE")
    void K07_closingAnUnusedSocketAndAFile(Lab lab) {
        Rig rig = Rig.of(lab);
        long socket = rig.tcp();
        long file = rig.call(t -> rig.kernel()
                .openFile(lab.directory().resolve("f"), BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600, t));
        IoBuffer buffer = rig.kernel().allocate(8);
        assertThat(rig.call(t -> rig.kernel().close(socket, t))).isZero();
        assertThat(rig.call(t -> rig.kernel().close(file, t))).isZero();

        assertThat(rig.call(t -> rig.kernel().read(file, buffer, 0, 8, 0, t))).isEqualTo(EBADF);
        assertThat(rig.kernel().stats().openHandles()).isZero();
    }

    @BackendTest(operations = "CLOSE")
    void K07_closeCannotBeCancelled(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t));
        rig.turn(0);
        long close = rig.start(t -> rig.kernel().close(link.handle(), t));
        long cancel = rig.start(t -> rig.kernel().cancel(rig.operation(close), t));

        assertThat(rig.result(cancel)).isIn(EALREADY, ENOENT);
        assertThat(rig.result(close)).isZero();
    }

    @BackendTest(operations = "CLOSE")
    void K07_closeInsideTheHandlerOfTheSameHandle(Lab lab) {
        Rig rig = Rig.of(lab);
        for (int round = 0; round < 20; round++) {
            Rig.Link link = rig.link();
            IoBuffer buffer = rig.kernel().allocate(8);
            link.write("go");
            rig.kernel().recv(link.handle(), buffer, 0, 8, 1);
            List<Long> results = new ArrayList<>();
            while (results.size() < 2) {
                rig.kernel().enter(1_000_000_000);
                rig.kernel().drain((token, result, flags) -> {
                    results.add(result);
                    if (token == 1) {
                        rig.kernel().close(link.handle(), 2);
                    }
                });
            }
            assertThat(results).containsExactly(2L, 0L);
            PeerIo.close(link.channel());
            rig.kernel().release(buffer);
        }
    }

    @BackendTest(operations = "CLOSE")
    void K07_closingTheKernelClosesEverything(Lab lab) {
        Rig rig = new Rig(dev.torus.kernel.KernelOptions.defaults(), lab.provider());
        lab.own(rig);
        Rig.Link link = rig.link();
        IoBuffer in = rig.kernel().allocate(8);
        IoBuffer out = rig.kernel().allocate(16 << 20);
        BufferGroup group = rig.kernel().bufferGroup(4, 64);
        Rig.Link other = rig.link();
        rig.kernel().recv(link.handle(), in, 0, 8, 1);
        rig.kernel().send(link.handle(), out, 0, 16 << 20, 2);
        rig.kernel().recvMultishot(other.handle(), group, 3);
        rig.kernel().acceptMultishot(rig.listener(4), 4);
        rig.kernel().enter(0);
        rig.kernel().close();

        assertThat(rig.kernel().isShutdown()).isTrue();
        rig.kernel().close();
        assertThat(other.read(10)).as("the peers see the end").isEmpty();
        rig.abandon();
    }
}
