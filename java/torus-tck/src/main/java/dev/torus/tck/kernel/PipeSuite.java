package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.NoSuchPathException;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.TorusIoException;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.util.concurrent.atomic.AtomicInteger;

/** Named pipes of Windows: streams where there are some, a typed error elsewhere. */
public abstract class PipeSuite {
    private static final long MILLI = 1_000_000;
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static String newName() {
        return "\\\\.\\pipe\\torus-tck-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
    }

    /** A backend without pipes says so; false: the test is over. */
    private static boolean hasPipes(Lab lab, IoKernel kernel) throws TorusIoException {
        if (lab.provider().name().equals("iocp")) {
            return true;
        }
        String name = newName();
        assertThatThrownBy(() -> kernel.createPipe(name, true))
                .isInstanceOf(TorusIoException.class)
                .hasMessageContaining(name)
                .extracting(e -> ((TorusIoException) e).errno())
                .isEqualTo(Errno.EOPNOTSUPP);
        assertThatThrownBy(() -> kernel.openPipe(name)).isInstanceOf(TorusIoException.class);
        return false;
    }

    @BackendTest(operations = "named pipe")
    void K10_aPipeIsAStreamOrATypedError(Lab lab) throws TorusIoException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        if (!hasPipes(lab, kernel)) {
            return;
        }
        String name = newName();
        assertThatThrownBy(() -> kernel.openPipe(name)).isInstanceOf(NoSuchPathException.class);
        assertThatThrownBy(() -> kernel.openPipe("no-pipe"))
                .isInstanceOf(TorusIoException.class)
                .hasMessageContaining("no-pipe");
        long server = kernel.createPipe(name, true);
        long waits = rig.start(t -> kernel.awaitClient(server, t));
        IoBuffer out = rig.buffer("question");
        long greeting = rig.start(t -> kernel.send(server, out, 0, 3, t));
        rig.turn(0);
        assertThat(rig.isPending(waits) && rig.isPending(greeting)).isTrue();
        long client = kernel.openPipe(name);
        assertThat(rig.result(waits)).isZero();
        assertThat(rig.result(greeting)).isEqualTo(3);
        IoBuffer in = kernel.allocate(64);
        assertThat(rig.call(t -> kernel.recv(client, in, 0, 64, t))).isEqualTo(3);
        assertThat(Rig.text(in, 0, 3)).isEqualTo("que");
        assertThat(rig.call(t -> kernel.shutdown(client, Shutdown.WRITE, t))).isEqualTo(Errno.EOPNOTSUPP.result());
        assertThat(rig.call(t -> kernel.send(client, out, 0, 8, t))).isEqualTo(8);
        rig.call(t -> kernel.close(client, t));
        assertThat(rig.call(t -> kernel.recv(server, in, 0, 64, t))).isEqualTo(8);
        assertThat(rig.call(t -> kernel.recv(server, in, 0, 64, t))).isZero();
        assertThat(rig.call(t -> kernel.send(server, out, 0, 8, t))).isEqualTo(Errno.EPIPE.result());
        rig.call(t -> kernel.close(server, t));
    }

    @BackendTest(operations = {"named pipe", "RECV multishot"})
    void K10_aPipeReceivesIntoProvidedBuffers(Lab lab) throws TorusIoException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        if (!hasPipes(lab, kernel)) {
            return;
        }
        String name = newName();
        long server = kernel.createPipe(name, true);
        long client = kernel.openPipe(name);
        assertThat(rig.call(t -> kernel.awaitClient(server, t))).isZero();
        BufferGroup group = kernel.bufferGroup(4, 16);
        IoBuffer out = rig.buffer("0123456789");
        long receive = rig.start(t -> kernel.recvMultishot(server, group, t));
        rig.turn(0);
        assertThat(group.lent()).as("lent to an idle pipe").isZero();
        for (int i = 0; i < 20; i++) {
            assertThat(rig.call(t -> kernel.send(client, out, 0, 10, t))).isEqualTo(10);
            for (int got = 0; got < 10; ) {
                Rig.Completion part = rig.next(receive);
                assertThat(part.result()).isBetween(1L, 10L);
                assertThat(part.more()).isTrue();
                int id = Completions.bufferId(part.flags());
                assertThat(group.buffer(id).get(0)).isEqualTo((byte) ('0' + got));
                group.recycle(id);
                got += (int) part.result();
            }
        }
        rig.call(t -> kernel.close(client, t));
        assertThat(rig.result(receive)).isZero();
        assertThat(group.lent()).isZero();
        rig.call(t -> kernel.close(server, t));
    }

    @BackendTest(operations = {"named pipe", "deadline", "CLOSE"})
    void K07_waitingOnAPipeEndsByDeadlineCancelAndClose(Lab lab) throws TorusIoException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        if (!hasPipes(lab, kernel)) {
            return;
        }
        for (int i = 0; i < 20; i++) {
            String name = newName();
            long server = kernel.createPipe(name, true);
            Rig.Completion late = rig.last(rig.start(t -> kernel.awaitClient(server, t, MILLI)));
            assertThat(late.result()).isEqualTo(Errno.ECANCELED.result());
            assertThat(Completions.timedOut(late.flags())).isTrue();
            long waits = rig.start(t -> kernel.awaitClient(server, t));
            long client = kernel.openPipe(name);
            assertThat(rig.result(waits))
                    .as("the deadline before left nothing behind")
                    .isZero();
            IoBuffer in = kernel.allocate(64);
            long receive = rig.start(t -> kernel.recv(server, in, 0, 64, t));
            rig.turn(0);
            if (i % 2 == 0) {
                assertThat(rig.cancel(receive)).isZero();
            }
            long close = rig.start(t -> kernel.close(server, t));
            assertThat(rig.result(receive)).isEqualTo(Errno.ECANCELED.result());
            assertThat(rig.result(close)).isZero();
            assertThat(in.isLent()).isFalse();
            rig.call(t -> kernel.close(client, t));
        }
        assertThat(kernel.stats().openHandles()).isZero();
    }
}
