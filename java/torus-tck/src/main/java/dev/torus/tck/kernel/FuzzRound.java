package dev.torus.tck.kernel;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.BufferLentException;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.KernelStats;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One round of random operations on one kernel whose sizes are random too. Both ends of each connection are in the kernel, so
 * every byte that was sent is known, and what arrives must be the beginning of that. At the end nothing may be pending, lent or
 * open.
 */
final class FuzzRound implements AutoCloseable {
    private static final int STEPS = 400;
    private static final int BUFFERS = 24;
    private static final int BUFFER_BYTES = 4096;
    private static final int BIG_BYTES = 2 << 20;
    private static final int MAX_CONNECTIONS = 12;

    /** One direction of a connection: what went in and what came out. */
    private static final class Stream {
        private final java.io.ByteArrayOutputStream sent = new java.io.ByteArrayOutputStream();
        private final java.io.ByteArrayOutputStream received = new java.io.ByteArrayOutputStream();
    }

    /** One end of a connection. */
    private record End(long handle, Stream out, Stream in) {}

    /** What is done when an operation completes. */
    private interface OnCompletion {
        void completed(Rig.Completion completion);
    }

    private final Random random;
    private final Rig rig;
    private final IoKernel kernel;
    private final List<IoBuffer> buffers = new ArrayList<>();
    private final IoBuffer big;
    private final List<BufferGroup> groups = new ArrayList<>();
    private final List<int[]> lent = new ArrayList<>();
    private final List<End> ends = new ArrayList<>();
    private final List<Long> handles = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();
    private final Map<Long, OnCompletion> actions = new HashMap<>();
    /** Tokens of the pending operations in {@link #actions}. */
    private final List<Long> tokens = new ArrayList<>();

    private final long listener;
    private final InetSocketAddress listening;
    private final Path directory;

    FuzzRound(BackendProvider provider, long seed) throws IOException {
        random = new Random(seed);
        int submissions = 2 << random.nextInt(6);
        rig = new Rig(
                KernelOptions.builder()
                        .submissionEntries(submissions)
                        .completionEntries(submissions * (2 << random.nextInt(2)))
                        .workers(1 + random.nextInt(4))
                        .workerQueue(1 + random.nextInt(32))
                        .build(),
                provider);
        kernel = rig.kernel();
        rig.observe(this::completed);
        for (int i = 0; i < BUFFERS; i++) {
            buffers.add(kernel.allocate(BUFFER_BYTES));
        }
        big = kernel.allocate(BIG_BYTES);
        groups.add(kernel.bufferGroup(2, 64));
        groups.add(kernel.bufferGroup(16, 1024));
        listener = rig.listener(64);
        listening = rig.address(listener);
        directory = Files.createTempDirectory("tck").toRealPath();
    }

    void run() {
        for (int i = 0; i < 3; i++) {
            connect();
        }
        for (int step = 0; step < STEPS; step++) {
            step();
            if (random.nextInt(4) == 0) {
                rig.turn(random.nextInt(8) == 0 ? random.nextInt(200_000) : 0);
            }
        }
        finish();
    }

    private void step() {
        switch (random.nextInt(20)) {
            case 0 -> connect();
            case 1, 2, 3 -> send();
            case 4 -> sendBig();
            case 5, 6 -> receive();
            case 7 -> receiveSelect();
            case 8 -> receiveMultishot();
            case 9 -> sendFrom();
            case 10 -> recycle();
            case 11, 12 -> cancel();
            case 13 -> poll();
            case 14 -> shutdown();
            case 15 -> closeEnd();
            case 16 -> file();
            case 17 -> blocking();
            case 18 -> stale();
            default -> misuse();
        }
    }

    // ---- steps ------------------------------------------------------------------------------------------------------

    /** Sometimes a deadline so short that it races with the operation. */
    private long deadline() {
        return random.nextInt(4) == 0 ? 1 + random.nextInt(300_000) : 0;
    }

    private long track(Rig.Queueing queueing, OnCompletion action) {
        // a completion cannot come before this returns: nothing is delivered outside a drain
        long token = rig.start(queueing);
        actions.put(token, action);
        tokens.add(token);
        return token;
    }

    private void connect() {
        if (ends.size() >= 2 * MAX_CONNECTIONS) {
            return;
        }
        long client = rig.tcp();
        long accept = rig.start(t -> kernel.accept(listener, t));
        long connected = rig.call(t -> kernel.connect(client, listening, t));
        long server = rig.result(accept);
        if (connected != 0 || server < 0) {
            throw new AssertionError("connect " + Errno.of(connected) + ", accept " + Errno.of(server));
        }
        Stream there = new Stream();
        Stream back = new Stream();
        streams.add(there);
        streams.add(back);
        ends.add(new End(client, there, back));
        ends.add(new End(server, back, there));
        handles.add(client);
        handles.add(server);
    }

    private End end() {
        return ends.isEmpty() ? null : ends.get(random.nextInt(ends.size()));
    }

    private IoBuffer freeBuffer() {
        for (int i = 0; i < 8; i++) {
            IoBuffer buffer = buffers.get(random.nextInt(BUFFERS));
            if (!buffer.isLent()) {
                return buffer;
            }
        }
        return null;
    }

    private void send() {
        IoBuffer buffer = freeBuffer();
        if (buffer != null) {
            int offset = random.nextInt(BUFFER_BYTES - 1);
            send(buffer, offset, 1 + random.nextInt(BUFFER_BYTES - offset));
        }
    }

    private void sendBig() {
        if (!big.isLent() && random.nextInt(3) == 0) {
            send(big, 0, BIG_BYTES - random.nextInt(1000));
        }
    }

    private void send(IoBuffer buffer, int offset, int length) {
        End end = end();
        if (end == null) {
            return;
        }
        byte[] content = new byte[length];
        random.nextBytes(content);
        buffer.bytes().put(offset, content);
        long deadline = deadline();
        track(t -> kernel.send(end.handle(), buffer, offset, length, t, deadline), c -> {
            if (c.result() > 0) {
                end.out().sent.write(content, 0, (int) c.result());
            }
        });
    }

    private void receive() {
        End end = end();
        IoBuffer buffer = freeBuffer();
        if (end == null || buffer == null) {
            return;
        }
        int offset = random.nextInt(BUFFER_BYTES - 1);
        int length = 1 + random.nextInt(BUFFER_BYTES - offset);
        long deadline = deadline();
        track(t -> kernel.recv(end.handle(), buffer, offset, length, t, deadline), c -> {
            if (c.result() > 0) {
                byte[] got = new byte[(int) c.result()];
                buffer.bytes().get(offset, got);
                end.in().received.writeBytes(got);
            }
        });
    }

    private void receiveSelect() {
        End end = end();
        int group = random.nextInt(groups.size());
        long deadline = deadline();
        if (end != null) {
            track(t -> kernel.recvSelect(end.handle(), groups.get(group), t, deadline), c -> arrived(end, group, c));
        }
    }

    private void receiveMultishot() {
        End end = end();
        int group = random.nextInt(groups.size());
        long deadline = deadline();
        if (end != null) {
            track(t -> kernel.recvMultishot(end.handle(), groups.get(group), t, deadline), c -> arrived(end, group, c));
        }
    }

    private void arrived(End end, int group, Rig.Completion c) {
        if (!Completions.hasBuffer(c.flags())) {
            if (c.result() > 0) {
                throw new AssertionError("data without a buffer: " + c);
            }
            return;
        }
        int id = Completions.bufferId(c.flags());
        if (c.result() > 0) {
            byte[] got = new byte[(int) c.result()];
            groups.get(group).buffer(id).get(0, got);
            end.in().received.writeBytes(got);
        }
        lent.add(new int[] {group, id, (int) Math.max(0, c.result())});
    }

    private void sendFrom() {
        End end = end();
        if (end == null || lent.isEmpty()) {
            return;
        }
        int[] loan = lent.get(random.nextInt(lent.size()));
        if (loan[2] == 0) {
            return;
        }
        byte[] content = new byte[loan[2]];
        groups.get(loan[0]).buffer(loan[1]).get(0, content);
        track(t -> kernel.sendFrom(end.handle(), groups.get(loan[0]), loan[1], 0, content.length, t), c -> {
            if (c.result() > 0) {
                end.out().sent.write(content, 0, (int) c.result());
            }
        });
    }

    private void recycle() {
        if (!lent.isEmpty()) {
            int index = random.nextInt(lent.size());
            try {
                groups.get(lent.get(index)[0]).recycle(lent.get(index)[1]);
                lent.remove(index);
            } catch (BufferLentException e) {
                // a pending send reads from it; later
            }
        }
    }

    private void cancel() {
        if (!tokens.isEmpty()) {
            long token = tokens.get(random.nextInt(tokens.size()));
            track(t -> kernel.cancel(rig.operation(token), t), c -> {
                if (c.result() != 0 && c.result() != Errno.ENOENT.result() && c.result() != Errno.EALREADY.result()) {
                    throw new AssertionError("cancel: " + c);
                }
            });
        }
    }

    private void poll() {
        End end = end();
        long deadline = deadline();
        if (end != null) {
            int mask = random.nextBoolean() ? RingAbi.POLLIN : RingAbi.POLLOUT;
            track(t -> kernel.poll(end.handle(), mask, t, deadline), c -> {});
        }
    }

    private void shutdown() {
        End end = end();
        if (end != null && random.nextInt(3) == 0) {
            Shutdown how = Shutdown.values()[random.nextInt(3)];
            track(t -> kernel.shutdown(end.handle(), how, t), c -> {});
        }
    }

    private void closeEnd() {
        End end = end();
        if (end == null || random.nextInt(3) != 0) {
            return;
        }
        if (random.nextInt(4) == 0) {
            try {
                kernel.setOption(end.handle(), StandardSocketOptions.SO_LINGER, 0); // a reset for the other end
            } catch (TorusIoException e) {
                throw new UncheckedIOException(e);
            }
        }
        ends.remove(end);
        track(t -> kernel.close(end.handle(), t), c -> {
            if (c.result() < 0) {
                throw new AssertionError("close: " + c);
            }
        });
    }

    private void file() {
        IoBuffer buffer = freeBuffer();
        Path path = directory.resolve("f" + random.nextInt(3));
        if (buffer == null) {
            return;
        }
        int length = 1 + random.nextInt(BUFFER_BYTES);
        long position = random.nextInt(3) - 1L;
        int what = random.nextInt(4);
        track(t -> kernel.openFile(path, BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600, t, deadline()), c -> {
            long file = c.result();
            if (file < 0) {
                return;
            }
            // from here on it belongs to nobody's list: what is queued now is closed right behind
            if (!buffer.isLent()) {
                switch (what) {
                    case 0 -> track(t -> kernel.read(file, buffer, 0, length, position, t), x -> {});
                    case 1 -> track(t -> kernel.write(file, buffer, 0, length, position, t), x -> {});
                    case 2 -> track(t -> kernel.fsync(file, true, t), x -> {});
                    default -> track(t -> kernel.truncate(file, length, t), x -> {});
                }
            }
            track(t -> kernel.close(file, t), x -> {});
        });
    }

    private void blocking() {
        long value = random.nextInt(100);
        WorkerLane lane = random.nextBoolean() ? WorkerLane.GENERAL : WorkerLane.SLOW;
        track(
                t -> kernel.blocking(
                        () -> {
                            Thread.yield();
                            return value;
                        },
                        lane,
                        t,
                        deadline()),
                c -> {
                    boolean known = c.result() == value
                            || c.result() == Errno.ECANCELED.result()
                            || c.result() == Errno.EAGAIN.result();
                    if (!known) {
                        throw new AssertionError("blocking: " + c);
                    }
                });
    }

    /** A handle that may be open, closing or stale. */
    private void stale() {
        long handle = handles.get(random.nextInt(handles.size()));
        if (ends.stream().noneMatch(end -> end.handle() == handle)) {
            track(t -> kernel.recvSelect(handle, groups.get(0), t), c -> {
                if (c.result() != Errno.EBADF.result()) {
                    throw new AssertionError("a closed handle answered " + c);
                }
            });
        }
    }

    private void misuse() {
        End end = end();
        if (end == null) {
            return;
        }
        int pending = kernel.pending();
        IoBuffer buffer = buffers.get(random.nextInt(BUFFERS));
        int offset = random.nextInt();
        int length = random.nextInt();
        if (offset >= 0 && length > 0 && (long) offset + length <= BUFFER_BYTES) {
            return;
        }
        try {
            kernel.send(end.handle(), buffer, offset, length, -1);
            throw new AssertionError("offset " + offset + ", length " + length + " was accepted");
        } catch (IndexOutOfBoundsException | IllegalArgumentException | BufferLentException e) {
            if (kernel.pending() != pending) {
                throw new AssertionError("a refused operation is pending", e);
            }
        }
    }

    // ---- completions ------------------------------------------------------------------------------------------------

    /**
     * Inside the drain, so that memory is looked at before anything else can be lent it. Completions of one side of a
     * connection come in the order of the stream.
     */
    private void completed(Rig.Completion completion) {
        OnCompletion action = actions.get(completion.token());
        if (action == null) {
            return; // of the set-up
        }
        if (!completion.more()) {
            actions.remove(completion.token());
            tokens.remove(completion.token());
        }
        action.completed(completion);
    }

    private void finish() {
        for (long token : List.copyOf(tokens)) {
            if (rig.isPending(token) && random.nextInt(3) == 0) {
                track(t -> kernel.cancel(rig.operation(token), t), c -> {});
            }
        }
        for (End end : List.copyOf(ends)) {
            track(t -> kernel.close(end.handle(), t), c -> {});
        }
        ends.clear();
        rig.turnUntil("the end of every operation", tokens::isEmpty);
        long close = rig.call(t -> kernel.close(listener, t));
        for (int[] loan : lent) {
            groups.get(loan[0]).recycle(loan[1]);
        }
        KernelStats stats = kernel.stats();
        if (close != 0 || stats.pending() != 0 || stats.openHandles() != 0 || stats.lentBuffers() != 0) {
            throw new AssertionError("left over: " + stats);
        }
        for (IoBuffer buffer : buffers) {
            kernel.release(buffer);
        }
        groups.forEach(BufferGroup::close);
        streams.forEach(FuzzRound::checkPrefix);
    }

    private static void checkPrefix(Stream stream) {
        byte[] sent = stream.sent.toByteArray();
        byte[] received = stream.received.toByteArray();
        if (received.length > sent.length
                || java.util.Arrays.mismatch(sent, 0, received.length, received, 0, received.length) >= 0) {
            throw new AssertionError("received " + received.length + " bytes that are not the beginning of the "
                    + sent.length + " sent");
        }
    }

    @Override
    public void close() throws IOException {
        try {
            rig.close();
        } finally {
            try (var paths = Files.list(directory)) {
                for (Path path : paths.toList()) {
                    Files.delete(path);
                }
            }
            Files.delete(directory);
        }
    }
}
