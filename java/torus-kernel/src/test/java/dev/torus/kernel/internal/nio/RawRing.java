package dev.torus.kernel.internal.nio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Java's side of a ring, bare: writes submission entries and reads completions of a backend under test. */
final class RawRing implements AutoCloseable {
    /** Far beyond what anything here takes: only to fail instead of hanging. */
    static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    record Completion(long userData, int result, int flags) {
        boolean more() {
            return (flags & RingAbi.CQE_F_MORE) != 0;
        }

        int bufferId() {
            assertThat(flags & RingAbi.CQE_F_BUFFER).as("a buffer in %s", this).isNotZero();
            return flags >>> RingAbi.CQE_BUFFER_SHIFT;
        }
    }

    /** Writes one submission entry; what is not set is zero. One object for all, so that writing makes no garbage. */
    final class Entry {
        private int at;

        private Entry begin(int opcode, int fd, long userData) {
            at = (tail++ & rings.sqEntries() - 1) * RingAbi.SQE_BYTES;
            for (int i = 0; i < RingAbi.SQE_BYTES; i += Long.BYTES) {
                entries.putLong(at + i, 0);
            }
            entries.put(at + RingAbi.SQE_OPCODE, (byte) opcode).putInt(at + RingAbi.SQE_FD, fd);
            entries.putLong(at + RingAbi.SQE_USER_DATA, userData);
            return this;
        }

        Entry flags(int flags) {
            entries.put(at + RingAbi.SQE_FLAGS, (byte) flags);
            return this;
        }

        Entry priority(int priority) {
            entries.putShort(at + RingAbi.SQE_IOPRIO, (short) priority);
            return this;
        }

        Entry off(long off) {
            entries.putLong(at + RingAbi.SQE_OFF, off);
            return this;
        }

        Entry address(long address) {
            entries.putLong(at + RingAbi.SQE_ADDR, address);
            return this;
        }

        Entry length(int length) {
            entries.putInt(at + RingAbi.SQE_LEN, length);
            return this;
        }

        Entry operationFlags(int flags) {
            entries.putInt(at + RingAbi.SQE_OP_FLAGS, flags);
            return this;
        }

        Entry group(int group) {
            entries.putShort(at + RingAbi.SQE_BUF_GROUP, (short) group);
            return this;
        }
    }

    final Backend backend;
    final SocketControl sockets;
    final ByteBuffer memory = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    final long base;
    private final Rings rings;
    private final ByteBuffer entries;
    private final Entry entry = new Entry();
    private int tail;
    private int head;

    RawRing() throws Exception {
        this(64, 256);
    }

    RawRing(int submissionEntries, int completionEntries) throws Exception {
        backend = new NioBackendProvider().open(new BackendConfig(submissionEntries, completionEntries));
        sockets = backend.sockets();
        rings = backend.rings();
        entries = rings.entries();
        base = backend.register(memory);
        assertThat(backend.enable()).isZero();
    }

    Entry entry(int opcode, int fd, long userData) {
        return entry.begin(opcode, fd, userData);
    }

    int publish() {
        INT.setRelease(rings.sqRing(), rings.sqTail(), tail);
        return tail - (int) INT.getAcquire(rings.sqRing(), rings.sqHead());
    }

    int enter(int minComplete, long timeoutNanos) {
        return backend.enter(publish(), minComplete, timeoutNanos);
    }

    /** Takes completions without making objects; the sum of their results. */
    long takeAll() {
        ByteBuffer ring = rings.cqRing();
        int end = (int) INT.getAcquire(ring, rings.cqTail());
        long sum = 0;
        for (; head != end; head++) {
            sum += ring.getInt(rings.cqEntriesOffset() + (head & rings.cqEntries() - 1) * RingAbi.CQE_BYTES + 8);
        }
        INT.setRelease(ring, rings.cqHead(), head);
        return sum;
    }

    /** Completions that are there, at most {@code limit}. */
    List<Completion> drain(int limit) {
        List<Completion> all = new ArrayList<>();
        ByteBuffer ring = rings.cqRing();
        int end = (int) INT.getAcquire(ring, rings.cqTail());
        while (head != end && all.size() < limit) {
            int at = rings.cqEntriesOffset() + (head++ & rings.cqEntries() - 1) * RingAbi.CQE_BYTES;
            all.add(new Completion(ring.getLong(at), ring.getInt(at + 8), ring.getInt(at + 12)));
        }
        INT.setRelease(ring, rings.cqHead(), head);
        return all;
    }

    List<Completion> drain() {
        return drain(Integer.MAX_VALUE);
    }

    /** Enters until {@code count} completions came; more may have. */
    List<Completion> await(int count) {
        List<Completion> all = new ArrayList<>(drain());
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (all.size() < count || publish() > 0) {
            assertThat(System.nanoTime()).as("still waiting after %s", all).isLessThan(end);
            int result = enter(all.size() < count ? 1 : 0, TimeUnit.SECONDS.toNanos(1));
            assertThat(result).isGreaterThanOrEqualTo(0);
            all.addAll(drain());
        }
        return all;
    }

    /** The one completion that comes. */
    Completion awaitOne() {
        List<Completion> all = await(1);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    /** Submits, looks several times, and finds nothing. */
    void expectNothing() {
        for (int i = 0; i < 3; i++) {
            assertThat(enter(0, 0)).isGreaterThanOrEqualTo(0);
            assertThat(drain()).isEmpty();
        }
    }

    long address(int offset) {
        return base + offset;
    }

    void put(int offset, String text) {
        memory.put(offset, text.getBytes(StandardCharsets.UTF_8));
    }

    String text(int offset, int length) {
        byte[] bytes = new byte[length];
        memory.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    // ---- sockets ----

    int listener() {
        int fd = sockets.socket(RingAbi.AF_INET, RingAbi.SOCK_STREAM, 0);
        assertThat(fd).isPositive();
        assertThat(sockets.bind(fd, sockaddr(loopback(0)))).isZero();
        assertThat(sockets.listen(fd, 128)).isZero();
        return fd;
    }

    /** A client and the server's end of its connection. */
    int[] connection() {
        int listener = listener();
        int[] pair = connectTo(listener, RingAbi.AF_INET);
        assertThat(sockets.close(listener)).isZero();
        return pair;
    }

    int[] connectTo(int listener, int family) {
        int client = sockets.socket(family, RingAbi.SOCK_STREAM, 0);
        connect(client, localSockaddr(listener), 1);
        entry(RingAbi.OP_ACCEPT, listener, 2);
        int server = -1;
        for (Completion completion : await(2)) {
            assertThat(completion.result()).isGreaterThanOrEqualTo(0);
            server = completion.userData() == 2 ? completion.result() : server;
        }
        return new int[] {client, server};
    }

    /** Uses the last page of the memory for the address. */
    void connect(int fd, byte[] sockaddr, long userData) {
        int at = memory.capacity() - 4096;
        memory.put(at, sockaddr);
        entry(RingAbi.OP_CONNECT, fd, userData).address(address(at)).off(sockaddr.length);
    }

    byte[] localSockaddr(int fd) {
        byte[] sockaddr = new byte[RingAbi.SOCKADDR_BYTES];
        int length = sockets.localAddress(fd, sockaddr);
        assertThat(length).isPositive();
        return Arrays.copyOf(sockaddr, length);
    }

    int port(int fd) {
        byte[] sockaddr = localSockaddr(fd);
        return (sockaddr[2] & 0xff) << 8 | sockaddr[3] & 0xff;
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress("127.0.0.1", port);
    }

    static byte[] sockaddr(SocketAddress address) {
        ByteBuffer to = ByteBuffer.allocate(RingAbi.SOCKADDR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (address instanceof UnixDomainSocketAddress unix) {
            to.putShort((short) RingAbi.AF_UNIX);
            to.put(unix.getPath().toString().getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        } else {
            InetSocketAddress inet = (InetSocketAddress) address;
            boolean six = inet.getAddress() instanceof Inet6Address;
            to.putShort((short) (six ? RingAbi.AF_INET6 : RingAbi.AF_INET));
            to.put((byte) (inet.getPort() >> 8)).put((byte) inet.getPort());
            to.position(six ? 8 : 4);
            to.put(inet.getAddress().getAddress());
            to.position(six ? 28 : 16);
        }
        return Arrays.copyOf(to.array(), to.position());
    }

    // ---- provided buffers ----

    /**
     * Provides buffers 0 to {@code count - 1} of {@code bytes} each at {@code offset} of the memory; the ring at
     * {@code ringOffset}.
     */
    void provide(int group, int ringOffset, int offset, int count, int bytes) {
        ByteBuffer ring = memory.slice(ringOffset, count * RingAbi.BUF_BYTES);
        assertThat(backend.registerBufferRing(group, ring, address(ringOffset), count))
                .isZero();
        for (int id = 0; id < count; id++) {
            recycle(ringOffset, offset, count, bytes, id);
        }
    }

    void recycle(int ringOffset, int offset, int count, int bytes, int id) {
        short next = memory.getShort(ringOffset + RingAbi.BUF_RING_TAIL);
        int at = ringOffset + (next & count - 1) * RingAbi.BUF_BYTES;
        memory.putLong(at, address(offset + id * bytes)).putInt(at + 8, bytes).putShort(at + 12, (short) id);
        memory.putShort(ringOffset + RingAbi.BUF_RING_TAIL, (short) (next + 1));
    }

    @Override
    public void close() {
        backend.close();
    }
}
