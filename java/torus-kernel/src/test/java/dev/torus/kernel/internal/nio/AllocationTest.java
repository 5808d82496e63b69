package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.spi.RingAbi.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages make no garbage: what is left per message is less than any object would be. */
@Timeout(60)
class AllocationTest {
    private static final int WARM_UP = 2_000;
    private static final int MESSAGES = 10_000;
    private static final int SMALLEST_OBJECT = 16;

    private RawRing ring;

    @BeforeEach
    void open() throws Exception {
        ring = new RawRing();
    }

    @AfterEach
    void close() {
        ring.close();
    }

    private void expectNoGarbage(Runnable message) {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeTrue(threads.isThreadAllocatedMemoryEnabled());
        for (int i = 0; i < WARM_UP; i++) {
            message.run();
        }
        long id = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < MESSAGES; i++) {
            message.run();
        }
        long bytes = threads.getThreadAllocatedBytes(id) - before;
        assertThat((double) bytes / MESSAGES).as("bytes per message").isLessThan(SMALLEST_OBJECT);
    }

    private void takeBytes(long expected) {
        for (long sum = ring.takeAll(); sum < expected; sum += ring.takeAll()) {
            if (ring.enter(1, RawRing.DEADLINE_NANOS) < 0) {
                throw new AssertionError("enter failed");
            }
        }
    }

    @Test
    void oneShotStreams() {
        int[] pair = ring.connection();
        long to = ring.address(0);
        long from = ring.address(4096);
        expectNoGarbage(() -> {
            ring.entry(OP_RECV, pair[1], 1).address(to).length(100);
            ring.entry(OP_SEND, pair[0], 2).address(from).length(10).operationFlags(MSG_WAITALL);
            takeBytes(20);
        });
    }

    @Test
    void multishotStreams() {
        int[] pair = ring.connection();
        ring.provide(1, 8192, 16384, 4, 64);
        ring.entry(OP_RECV, pair[1], 1)
                .flags(SQE_BUFFER_SELECT)
                .priority(RECV_MULTISHOT)
                .group(1);
        int[] next = new int[1];
        long from = ring.address(4096);
        expectNoGarbage(() -> {
            ring.entry(OP_SEND, pair[0], 2).address(from).length(10).operationFlags(MSG_WAITALL);
            takeBytes(20);
            ring.recycle(8192, 16384, 4, 64, next[0]++ & 3);
        });
    }

    @Test
    void datagramsWithAddresses() {
        int one = ring.sockets.socket(AF_INET, SOCK_DGRAM, 0);
        int two = ring.sockets.socket(AF_INET, SOCK_DGRAM, 0);
        for (int fd : new int[] {one, two}) {
            assertThat(ring.sockets.bind(fd, RawRing.sockaddr(RawRing.loopback(0))))
                    .isZero();
        }
        header(0, 256, 8192, 10);
        header(1024, 1024 + 256, 16384, 100);
        ring.memory.put(256, ring.localSockaddr(two));
        expectNoGarbage(() -> {
            ring.memory.putInt(1024 + 8, SOCKADDR_BYTES);
            ring.entry(OP_RECVMSG, two, 1).address(ring.address(1024)).length(1);
            ring.entry(OP_SENDMSG, one, 2).address(ring.address(0)).length(1);
            takeBytes(20);
        });
    }

    private void header(int at, int name, int payload, int length) {
        ring.memory.putLong(at, ring.address(name)).putInt(at + 8, SocketAddresses.INET_BYTES);
        ring.memory.putLong(at + 16, ring.address(at + 64)).putLong(at + 24, 1);
        ring.memory.putLong(at + 64, ring.address(payload)).putLong(at + 72, length);
    }
}
