package dev.torus.tck.kernel;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A random but deterministic sequence of operations, each waited for, written down with its result. What depends on timing is
 * left out or made whole: a receive asks until it has what was sent, a pending operation is cancelled before the next one.
 */
final class Script implements AutoCloseable {
    private static final int STEPS = 60;

    private final Random random;
    private final Rig rig;
    private final IoKernel kernel;
    private final Path directory;
    private final List<String> log = new ArrayList<>();
    private final IoBuffer out;
    private final IoBuffer in;
    /** More than socket buffers hold. */
    private final IoBuffer lot;

    private final BufferGroup group;
    /** Both ends of the one connection; -1 when closed. */
    private final long[] ends = {-1, -1};
    /** Bytes that each end can still receive. */
    private final int[] waiting = {0, 0};
    /** Whether an end has shut down its write side or was closed. */
    private final boolean[] ended = {false, false};

    private long file = -1;

    Script(BackendProvider provider, long seed) throws IOException {
        random = new Random(seed);
        rig = new Rig(KernelOptions.builder().submissionEntries(16).build(), provider);
        kernel = rig.kernel();
        out = kernel.allocate(8192);
        in = kernel.allocate(8192);
        lot = kernel.allocate(1 << 20);
        group = kernel.bufferGroup(4, 512);
        directory = Files.createTempDirectory("tck").toRealPath();
    }

    List<String> run() throws IOException {
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(25)) {
                case 0 -> connect();
                case 1, 2, 3 -> send(random.nextInt(2));
                case 4, 5 -> receive(random.nextInt(2));
                case 6 -> receiveProvided(random.nextInt(2));
                case 7 -> receiveNothing(random.nextInt(2));
                case 8 -> shutdown(random.nextInt(2));
                case 9 -> refused();
                case 10 -> datagram();
                case 11 -> openFile();
                case 12 -> useFile();
                case 13 -> fileErrors();
                case 14 -> poll(random.nextInt(2));
                case 15 -> receiveMultishot(random.nextInt(2));
                case 16 -> receiveWithoutBuffers(random.nextInt(2));
                case 17 -> queueSends(random.nextInt(2));
                case 18 -> deadlines(random.nextInt(2));
                case 19 -> acceptMultishot();
                case 20 -> closeWithPending();
                case 21, 22 -> sendALot(random.nextInt(2));
                case 23 -> sendToNobody();
                default -> closed();
            }
        }
        return log;
    }

    private void note(String what, long result) {
        log.add(log.size() + " " + what + " = " + (result < 0 ? Errno.of(result).name() : Long.toString(result)));
    }

    // ---- a connection -----------------------------------------------------------------------------------------------

    private void connect() {
        closeEnds();
        long listener = rig.listener(4);
        ends[0] = rig.tcp();
        long accept = rig.start(t -> kernel.accept(listener, t));
        note("connect", rig.call(t -> kernel.connect(ends[0], rig.address(listener), t)));
        ends[1] = rig.result(accept);
        note("accept", Math.min(0, ends[1]));
        note("connect again", rig.call(t -> kernel.connect(ends[0], rig.address(listener), t)));
        note("close listener", rig.call(t -> kernel.close(listener, t)));
        Arrays.fill(waiting, 0);
        Arrays.fill(ended, false);
    }

    private void closeEnds() {
        for (int side = 0; side < 2; side++) {
            if (ends[side] >= 0) {
                long handle = ends[side];
                ends[side] = -1;
                note("close", rig.call(t -> kernel.close(handle, t)));
            }
        }
    }

    private void send(int side) {
        if (ends[side] < 0) {
            return;
        }
        int length = 1 + random.nextInt(2000);
        byte[] content = new byte[length];
        random.nextBytes(content);
        out.bytes().put(0, content);
        if (waiting[1 - side] + length > 8000) {
            return;
        }
        long result = rig.call(t -> kernel.send(ends[side], out, 0, length, t));
        note("send " + length, result);
        waiting[1 - side] += (int) Math.max(0, result);
    }

    private void receive(int side) {
        if (ends[side] < 0 || waiting[side] == 0) {
            return;
        }
        int wanted = 1 + random.nextInt(waiting[side]);
        int got = 0;
        while (got < wanted) {
            int at = got;
            long result = rig.call(t -> kernel.recv(ends[side], in, at, wanted - at, t));
            if (result <= 0) {
                note("receive broke off", result);
                return;
            }
            got += (int) result;
        }
        waiting[side] -= got;
        note("receive " + wanted + " hash " + hash(in, got), got);
    }

    private void receiveProvided(int side) {
        if (ends[side] < 0 || waiting[side] == 0) {
            return;
        }
        int hash = 1;
        int got = 0;
        while (waiting[side] > 0) {
            Rig.Completion c = rig.last(rig.start(t -> kernel.recvSelect(ends[side], group, t)));
            if (c.result() <= 0) {
                note("receive broke off", c.result());
                return;
            }
            int id = Completions.bufferId(c.flags());
            for (int i = 0; i < c.result(); i++) {
                hash = 31 * hash + group.buffer(id).get(i);
            }
            group.recycle(id);
            got += (int) c.result();
            waiting[side] -= (int) c.result();
        }
        note("receive into provided buffers, hash " + hash, got);
    }

    /** A multishot receive until everything was there; then it ends with the stream, or is cancelled. */
    private void receiveMultishot(int side) {
        if (ends[side] < 0 || waiting[side] == 0) {
            return;
        }
        int hash = 1;
        int got = 0;
        long token = rig.start(t -> kernel.recvMultishot(ends[side], group, t));
        while (got < waiting[side]) {
            Rig.Completion c = rig.next(token);
            if (c.result() > 0) {
                int id = Completions.bufferId(c.flags());
                for (int i = 0; i < c.result(); i++) {
                    hash = 31 * hash + group.buffer(id).get(i);
                }
                group.recycle(id);
                got += (int) c.result();
            }
            if (!c.more()) {
                if (c.result() < 0 && c.result() != Errno.ENOBUFS.result() || c.result() == 0) {
                    note("multishot broke off", c.result());
                    return;
                }
                token = rig.start(t -> kernel.recvMultishot(ends[side], group, t));
            }
        }
        waiting[side] = 0;
        note("multishot receive, hash " + hash, got);
        if (!ended[1 - side]) {
            rig.cancel(token);
        }
        long end = rig.last(token).result();
        while (end == Errno.ENOBUFS.result()) {
            // the last buffer went with the last bytes, and a receive without one may not look for the end
            long again = rig.start(t -> kernel.recvMultishot(ends[side], group, t));
            if (!ended[1 - side]) {
                rig.cancel(again);
            }
            end = rig.last(again).result();
        }
        note("end of the multishot", end);
    }

    /** Keeps all provided buffers: the next receive finds none, and loses nothing by that. How much each holds depends on timing. */
    private void receiveWithoutBuffers(int side) {
        if (ends[side] < 0 || waiting[side] <= group.buffers() * group.bufferBytes()) {
            return;
        }
        List<Integer> kept = new ArrayList<>();
        boolean refused = false;
        int hash = 1;
        int got = 0;
        while (waiting[side] > 0) {
            Rig.Completion c = rig.last(rig.start(t -> kernel.recvSelect(ends[side], group, t)));
            if (c.result() == Errno.ENOBUFS.result()) {
                note("no buffer left but with the program", kept.size());
                kept.forEach(group::recycle);
                kept.clear();
                refused = true;
                continue;
            }
            if (c.result() <= 0) {
                note("receive broke off", c.result());
                break;
            }
            int id = Completions.bufferId(c.flags());
            for (int i = 0; i < c.result(); i++) {
                hash = 31 * hash + group.buffer(id).get(i);
            }
            kept.add(id);
            got += (int) c.result();
            waiting[side] -= (int) c.result();
            if (refused) {
                kept.forEach(group::recycle);
                kept.clear();
            }
        }
        kept.forEach(group::recycle);
        note("received in spite of that, hash " + hash, got);
    }

    /** With nothing to receive: the end of the stream, or pending until cancelled. */
    private void receiveNothing(int side) {
        if (ends[side] < 0 || waiting[side] != 0) {
            return;
        }
        long recv = rig.start(t -> kernel.recv(ends[side], in, 0, 100, t));
        if (!ended[1 - side]) {
            note("cancel", rig.cancel(recv));
        }
        note("receive nothing", rig.result(recv));
    }

    /** Several sends at once: held back in order, each with its own result. */
    private void queueSends(int side) {
        if (ends[side] < 0) {
            return;
        }
        int sends = 2 + random.nextInt(4);
        byte[] content = new byte[out.capacity()];
        random.nextBytes(content);
        out.bytes().put(0, content);
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < sends; i++) {
            int at = random.nextInt(4000);
            int length = 1 + random.nextInt(400);
            if (waiting[1 - side] + length > 8000) {
                break;
            }
            tokens.add(rig.start(t -> kernel.send(ends[side], out, at, length, t)));
            waiting[1 - side] += ended[side] ? 0 : length;
        }
        for (long token : tokens) {
            note("queued send", rig.result(token));
        }
    }

    /** More than the socket buffers hold, received while it is sent. */
    private void sendALot(int side) {
        if (ends[side] < 0 || ended[side] || waiting[1 - side] != 0) {
            return;
        }
        int length = 1 + random.nextInt(lot.capacity());
        byte[] content = new byte[length];
        random.nextBytes(content);
        lot.bytes().put(0, content);
        long send = rig.start(t -> kernel.send(ends[side], lot, 0, length, t));
        int hash = 1;
        int got = 0;
        while (got < length) {
            int room = Math.min(in.capacity(), length - got);
            long result = rig.call(t -> kernel.recv(ends[1 - side], in, 0, room, t));
            if (result <= 0) {
                note("receive broke off", result);
                return;
            }
            for (int i = 0; i < result; i++) {
                hash = 31 * hash + in.bytes().get(i);
            }
            got += (int) result;
        }
        note("send a lot, hash " + hash, rig.result(send));
    }

    private void deadlines(int side) {
        if (ends[side] >= 0 && waiting[side] == 0 && !ended[1 - side]) {
            noteEnd("receive with a deadline", rig.start(t -> kernel.recv(ends[side], in, 0, 10, t, 200_000)));
            noteEnd(
                    "provided receive with a deadline",
                    rig.start(t -> kernel.recvSelect(ends[side], group, t, 200_000)));
            noteEnd("poll with a deadline", rig.start(t -> kernel.poll(ends[side], RingAbi.POLLIN, t, 200_000)));
        }
        long listener = rig.listener(1);
        noteEnd("accept with a deadline", rig.start(t -> kernel.accept(listener, t, 200_000)));
        noteEnd("multishot accept with a deadline", rig.start(t -> kernel.acceptMultishot(listener, t, 200_000)));
        note("close", rig.call(t -> kernel.close(listener, t)));
        // far away: does nothing
        noteEnd(
                "nothing with a deadline",
                rig.start(t -> kernel.blocking(() -> 7, WorkerLane.SLOW, t, 60_000_000_000L)));
    }

    private void noteEnd(String what, long token) {
        Rig.Completion c = rig.last(token);
        note(what + (Completions.timedOut(c.flags()) ? ", timed out" : ""), c.result());
    }

    private void acceptMultishot() {
        long listener = rig.listener(8);
        long accept = rig.start(t -> kernel.acceptMultishot(listener, t));
        int clients = 1 + random.nextInt(3);
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            long client = rig.tcp();
            handles.add(client);
            note("connect", rig.call(t -> kernel.connect(client, rig.address(listener), t)));
            Rig.Completion c = rig.next(accept);
            note("accept " + (c.more() ? "and more" : "the last"), Math.min(0, c.result()));
            handles.add(c.result());
        }
        if (random.nextBoolean()) {
            note("cancel", rig.cancel(accept));
            note("end of accepting", rig.last(accept).result());
            note("close", rig.call(t -> kernel.close(listener, t)));
        } else {
            note("close", rig.call(t -> kernel.close(listener, t)));
            note("end of accepting", rig.last(accept).result());
        }
        for (long handle : handles) {
            note("close", rig.call(t -> kernel.close(handle, t)));
        }
    }

    /** A handle is closed while operations wait on it: each ends, then the close, and nothing works any more. */
    private void closeWithPending() {
        long listener = rig.listener(2);
        long accept = rig.start(t -> kernel.accept(listener, t));
        long second = rig.start(t -> kernel.accept(listener, t));
        long poll = rig.start(t -> kernel.poll(listener, RingAbi.POLLIN, t));
        long udp = rig.udp();
        long receive = rig.start(t -> kernel.recvFrom(udp, in, 0, 100, t));
        if (random.nextBoolean()) {
            rig.turn(0);
        }
        note("close listener", rig.call(t -> kernel.close(listener, t)));
        note("accept", rig.result(accept));
        note("second accept", rig.result(second));
        note("poll", rig.result(poll));
        note("close datagrams", rig.call(t -> kernel.close(udp, t)));
        note("recvFrom", rig.result(receive));
        note("accept on closed", rig.call(t -> kernel.accept(listener, t)));
    }

    private void sendToNobody() {
        long udp = rig.udp();
        note(
                "receive on unconnected datagrams cancelled",
                cancelled(rig.start(t -> kernel.recvFrom(udp, in, 0, 10, t))));
        note("sendTo without a destination", Math.min(0, rig.call(t -> kernel.sendTo(udp, out, 0, 10, null, t))));
        note("empty datagram", rig.call(t -> kernel.sendTo(udp, out, 0, 0, rig.address(udp), t)));
        note("is received", rig.call(t -> kernel.recvFrom(udp, in, 0, 10, t)));
        note("close", rig.call(t -> kernel.close(udp, t)));
    }

    private long cancelled(long token) {
        rig.cancel(token);
        return rig.result(token);
    }

    private void shutdown(int side) {
        if (ends[side] < 0 || random.nextInt(3) != 0 || ended[1 - side]) {
            return;
        }
        note("shutdown", rig.call(t -> kernel.shutdown(ends[side], Shutdown.WRITE, t)));
        ended[side] = true;
        note("send after shutdown", rig.call(t -> kernel.send(ends[side], out, 0, 10, t)));
    }

    private void poll(int side) {
        if (ends[side] < 0) {
            return;
        }
        if (!ended[side]) {
            note("poll out", rig.call(t -> kernel.poll(ends[side], RingAbi.POLLOUT, t)) & RingAbi.POLLOUT);
        }
        if (waiting[side] > 0) {
            note("poll in", rig.call(t -> kernel.poll(ends[side], RingAbi.POLLIN, t)) & RingAbi.POLLIN);
        } else if (!ended[1 - side]) {
            long poll = rig.start(t -> kernel.poll(ends[side], RingAbi.POLLIN, t));
            note("cancel poll", rig.cancel(poll));
            note("poll", rig.result(poll));
        }
    }

    private void refused() {
        long listener = rig.listener(1);
        var nobody = rig.address(listener);
        rig.call(t -> kernel.close(listener, t));
        long client = rig.tcp();
        note("connect refused", rig.call(t -> kernel.connect(client, nobody, t)));
        long fresh = rig.tcp();
        note("receive unconnected", rig.call(t -> kernel.recv(fresh, in, 0, 10, t)));
        note("send unconnected", rig.call(t -> kernel.send(fresh, out, 0, 10, t)));
        note("shutdown unconnected", rig.call(t -> kernel.shutdown(fresh, Shutdown.BOTH, t)));
        note("accept without listen", rig.call(t -> kernel.accept(fresh, t)));
        rig.call(t -> kernel.close(client, t));
        rig.call(t -> kernel.close(fresh, t));
    }

    private void closed() {
        long handle = rig.tcp();
        note("close", rig.call(t -> kernel.close(handle, t)));
        note("close again", rig.call(t -> kernel.close(handle, t)));
        note("receive on closed", rig.call(t -> kernel.recv(handle, in, 0, 10, t)));
        note("cancel nonsense", rig.call(t -> kernel.cancel(0x1234_5678L, t)));
    }

    private void datagram() throws TorusIoException {
        long from = rig.udp();
        long to = rig.udp();
        int length = 1 + random.nextInt(1000);
        int room = 1 + random.nextInt(1000);
        byte[] content = new byte[length];
        random.nextBytes(content);
        out.bytes().put(0, content);
        var address = kernel.localAddress(to);
        note("sendTo " + length, rig.call(t -> kernel.sendTo(from, out, 0, length, address, t)));
        long got = rig.call(t -> kernel.recvFrom(to, in, 0, room, t));
        note("recvFrom " + room + " hash " + hash(in, (int) Math.max(0, got)), got);
        note("close", rig.call(t -> kernel.close(from, t)));
        note("close", rig.call(t -> kernel.close(to, t)));
    }

    // ---- files ------------------------------------------------------------------------------------------------------

    private void openFile() {
        if (file >= 0) {
            note("close file", rig.call(t -> kernel.close(file, t)));
        }
        int[] choices = {
            BlockingFiles.O_RDWR | BlockingFiles.O_CREAT,
            BlockingFiles.O_RDWR,
            BlockingFiles.O_RDONLY,
            BlockingFiles.O_WRONLY | BlockingFiles.O_CREAT | BlockingFiles.O_TRUNC,
            BlockingFiles.O_RDWR | BlockingFiles.O_CREAT | BlockingFiles.O_EXCL,
            BlockingFiles.O_WRONLY | BlockingFiles.O_CREAT | BlockingFiles.O_APPEND
        };
        int flags = choices[random.nextInt(choices.length)];
        Path path = directory.resolve("f" + random.nextInt(2));
        file = rig.call(t -> kernel.openFile(path, flags, 0600, t));
        note("open " + flags, Math.min(0, file));
    }

    private void useFile() {
        if (file < 0) {
            openFile();
            return;
        }
        long position = random.nextInt(4) == 0 ? -1 : random.nextInt(5000);
        int length = 1 + random.nextInt(3000);
        byte[] content = new byte[length];
        random.nextBytes(content);
        switch (random.nextInt(5)) {
            case 0, 1 -> {
                out.bytes().put(0, content);
                note(
                        "write " + length + " at " + position,
                        rig.call(t -> kernel.write(file, out, 0, length, position, t)));
            }
            case 2 -> {
                long got = rig.call(t -> kernel.read(file, in, 0, length, position, t));
                note("read at " + position + " hash " + hash(in, (int) Math.max(0, got)), got);
            }
            case 3 -> note("truncate", rig.call(t -> kernel.truncate(file, random.nextInt(4000), t)));
            default -> {
                long[] fields = new long[BlockingFiles.STAT_FIELDS];
                note("fsync", rig.call(t -> kernel.fsync(file, random.nextBoolean(), t)));
                note("stat", rig.call(t -> kernel.stat(file, fields, t)));
                note("size", fields[BlockingFiles.STAT_SIZE]);
            }
        }
    }

    private void fileErrors() {
        Path missing = directory.resolve("missing");
        Path below = directory.resolve("missing/below");
        note("open missing", rig.call(t -> kernel.openFile(missing, BlockingFiles.O_RDONLY, 0, t)));
        note("open below missing", rig.call(t -> kernel.openFile(below, BlockingFiles.O_CREAT, 0600, t)));
        note("open directory", rig.call(t -> kernel.openFile(directory, BlockingFiles.O_RDWR, 0, t)));
        BlockingFiles files = kernel.files();
        String name = directory.resolve("d").toString();
        note("mkdir", rig.call(t -> kernel.blocking(() -> files.mkdir(name, 0700), t)));
        note("mkdir again", rig.call(t -> kernel.blocking(() -> files.mkdir(name, 0700), t)));
        note("unlink directory", Math.min(0, rig.call(t -> kernel.blocking(() -> files.unlink(name), t))));
        note("rmdir", rig.call(t -> kernel.blocking(() -> files.rmdir(name), t)));
        note("rmdir again", rig.call(t -> kernel.blocking(() -> files.rmdir(name), t)));
        note("unlink", rig.call(t -> kernel.blocking(() -> files.unlink(name), t)));
        note("rename", rig.call(t -> kernel.blocking(() -> files.rename(name, name + "x"), t)));
    }

    private static int hash(IoBuffer buffer, int length) {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + buffer.bytes().get(i);
        }
        return hash;
    }

    @Override
    public void close() throws IOException {
        rig.close();
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
