package dev.torus.tck.kernel;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.KernelStats;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/** Echoes out of provided buffers, with multishot accept and receive. One thread: the one that made it. */
final class EchoServer implements AutoCloseable {
    private static final int ACCEPT = 1;
    private static final int RECEIVE = 2;
    private static final int SEND = 3;
    private static final int CLOSE = 4;
    private static final int KIND_BITS = 3;
    private static final int BUFFER_BITS = 12;

    private final IoKernel kernel;
    private final BufferGroup group;
    private final long listener;
    private final InetSocketAddress address;
    private final Set<Long> open = new HashSet<>();
    /** Connections whose receive ended for want of buffers, or that must be armed again. */
    private final ArrayDeque<Long> unarmed = new ArrayDeque<>();

    private final CompletionHandler handler = this::completed;
    /** Handles by a small number, which fits into a token beside a buffer id. */
    private final java.util.List<Long> byNumber = new java.util.ArrayList<>();

    private final java.util.Map<Long, Integer> numbers = new java.util.HashMap<>();
    private boolean accepting;
    private boolean ending;

    EchoServer(BackendProvider provider, int connections) throws Exception {
        kernel = IoKernel.open(KernelOptions.builder().submissionEntries(512).build(), provider);
        group = kernel.bufferGroup(1 << BUFFER_BITS, 512);
        listener = kernel.socket(AddressFamily.INET, SocketType.STREAM);
        kernel.bind(listener, SockAddr.loopback(0));
        kernel.listen(listener, connections);
        address = (InetSocketAddress) kernel.localAddress(listener);
        accept();
    }

    InetSocketAddress address() {
        return address;
    }

    /** Any thread. */
    void stop() {
        kernel.shutdown();
    }

    void run() {
        while (!kernel.isShutdown()) {
            kernel.enter(-1);
            kernel.drain(handler);
            rearm();
        }
    }

    private void accept() {
        accepting = true;
        kernel.acceptMultishot(listener, ACCEPT);
    }

    private void rearm() {
        for (int left = unarmed.size(); left > 0 && group.lent() < group.buffers(); left--) {
            receive(unarmed.poll());
        }
    }

    private void receive(long handle) {
        if (open.contains(handle)) {
            kernel.recvMultishot(handle, group, token(RECEIVE, handle, 0));
        }
    }

    private long token(int kind, long handle, int bufferId) {
        Integer number = numbers.get(handle);
        if (number == null) {
            number = byNumber.size();
            byNumber.add(handle);
            numbers.put(handle, number);
        }
        return (((long) number << BUFFER_BITS) | bufferId) << KIND_BITS | kind;
    }

    private void completed(long token, long result, int flags) {
        int kind = (int) token & (1 << KIND_BITS) - 1;
        if (kind == ACCEPT) {
            accepted(result, flags);
            return;
        }
        long rest = token >>> KIND_BITS;
        long handle = byNumber.get((int) (rest >>> BUFFER_BITS));
        switch (kind) {
            case RECEIVE -> received(handle, result, flags);
            case SEND -> {
                group.recycle((int) rest & group.buffers() - 1);
                if (result < 0) {
                    close(handle);
                }
            }
            case CLOSE -> check(result == 0, "close", result);
            default -> throw new AssertionError("token " + token);
        }
    }

    private void accepted(long result, int flags) {
        if (result >= 0) {
            open.add(result);
            receive(result);
        }
        if (!Completions.more(flags)) {
            accepting = false;
            if (!ending) {
                accept();
            }
        }
    }

    private void received(long handle, long result, int flags) {
        if (Completions.hasBuffer(flags)) {
            int id = Completions.bufferId(flags);
            if (result > 0 && open.contains(handle)) {
                kernel.sendFrom(handle, group, id, 0, (int) result, token(SEND, handle, id));
            } else {
                group.recycle(id);
            }
        }
        if (result == Errno.ENOBUFS.result() || result > 0 && !Completions.more(flags)) {
            unarmed.add(handle);
        } else if (result <= 0) {
            close(handle);
        }
    }

    private void close(long handle) {
        if (open.remove(handle)) {
            kernel.close(handle, token(CLOSE, handle, 0));
        }
    }

    private static void check(boolean good, String what, long result) {
        if (!good) {
            throw new AssertionError(what + ": " + Errno.of(result));
        }
    }

    /** Closes every connection and waits for it; what is left then. */
    KernelStats end() {
        ending = true;
        for (long handle : Set.copyOf(open)) {
            close(handle);
        }
        byNumber.add(listener);
        numbers.put(listener, byNumber.size() - 1);
        kernel.close(listener, token(CLOSE, listener, 0));
        long deadline = System.nanoTime() + RingDriver.PATIENCE_NANOS;
        while (kernel.pending() > 0 && System.nanoTime() - deadline < 0) {
            kernel.enter(10_000_000);
            kernel.drain(handler);
        }
        check(!accepting, "the accept has not ended", 0);
        return kernel.stats();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
