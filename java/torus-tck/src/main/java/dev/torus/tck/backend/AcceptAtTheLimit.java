package dev.torus.tck.backend;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.RingDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** The child process of {@link DescriptorLimitSuite}: fills its descriptor table, accepts, makes room, accepts again. */
public final class AcceptAtTheLimit {
    private static final int TRIES = 12;

    private AcceptAtTheLimit() {}

    /** Takes the class name of the provider. */
    public static void main(String[] args) throws Exception {
        BackendProvider provider = Class.forName(args[0])
                .asSubclass(BackendProvider.class)
                .getConstructor()
                .newInstance();
        try (RingDriver ring = new RingDriver(provider, 64, 256);
                Net net = new Net(ring)) {
            run(ring, net);
        }
        System.out.println("accepted at last");
    }

    private static void run(RingDriver ring, Net net) {
        Ops ops = new Ops(ring);
        int listener = net.listener(64);
        loadClasses(ring, net, ops, listener);
        for (int i = 0; i < TRIES; i++) {
            net.channel(net.port(listener)); // waits in the backlog
        }
        ring.result(ops.nop());
        List<Integer> fillers = new ArrayList<>();
        atTheLimit(ring, fillers, "accept", () -> ring.result(ops.accept(listener)));
        atTheLimit(ring, fillers, "multishot accept", () -> {
            Cqe cqe = ring.next(ops.acceptMultishot(listener));
            if (cqe.more() != cqe.result() >= 0) {
                throw new AssertionError("an error ends a multishot, and nothing else here: " + cqe);
            }
            return cqe.result();
        });
        // nothing is pending now: a wait must be a wait
        long before = ring.backend().counter(Backend.Counter.SYSCALLS);
        long start = System.nanoTime();
        ring.backend().enter(0, 1, 100_000_000);
        if (System.nanoTime() - start < 100_000_000) {
            throw new AssertionError("the wait was cut short");
        }
        long calls = ring.backend().counter(Backend.Counter.SYSCALLS) - before;
        if (calls > 100) {
            throw new AssertionError(calls + " system calls in an idle wait");
        }
        for (int i = 0; i < 4; i++) {
            ring.backend().sockets().close(fillers.remove(0));
        }
        int accepted = ring.result(ops.accept(listener));
        if (accepted < 0) {
            throw new AssertionError("accept after making room: " + Linux.result(accepted));
        }
        ring.own(accepted);
        fillers.forEach(ring.backend().sockets()::close);
    }

    /**
     * Fills the descriptor table and expects -EMFILE. The JVM opens and closes a file of its own now and then, so that a
     * number may become free between the two; then once more.
     */
    private static void atTheLimit(RingDriver ring, List<Integer> fillers, String what, IntSupplier accept) {
        int result = 0;
        for (int i = 0; i < TRIES / 2 && result >= 0; i++) {
            int fd = ring.backend().sockets().socket(2, 1, 0);
            while (fd >= 0) {
                fillers.add(fd);
                fd = ring.backend().sockets().socket(2, 1, 0);
            }
            expect("socket at the limit", fd, -Linux.EMFILE);
            result = accept.getAsInt();
            if (result >= 0) {
                fillers.add(result);
            }
        }
        expect(what + " at the limit", result, -Linux.EMFILE);
    }

    /** At the limit the JVM itself cannot open class files any more, so everything is used once before. */
    private static void loadClasses(RingDriver ring, Net net, Ops ops, int listener) {
        for (int i = 0; i < 2; i++) {
            net.channel(net.port(listener));
        }
        ring.closeNow(ring.own(ring.result(ops.accept(listener))));
        long multishot = ops.acceptMultishot(listener);
        ring.closeNow(ring.own(ring.next(multishot).result()));
        ops.cancel(multishot);
        Linux.result(ring.await(multishot).result());
        ring.result(ops.accept(1 << 20));
        ring.backend().sockets().socket(200, 1, 0);
        ring.backend().sockets().close(ring.backend().sockets().socket(2, 1, 0));
        ring.backend().enter(0, 1, 1);
        ring.backend().counter(Backend.Counter.SYSCALLS);
    }

    private static void expect(String what, int result, int expected) {
        if (result != expected) {
            throw new AssertionError(what + ": " + Linux.result(result) + " instead of " + Linux.result(expected));
        }
    }
}
