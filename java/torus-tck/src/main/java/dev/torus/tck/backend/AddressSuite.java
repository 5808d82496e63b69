package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.OP_ACCEPT;
import static dev.torus.kernel.spi.RingAbi.OP_CLOSE;
import static dev.torus.kernel.spi.RingAbi.OP_CONNECT;
import static dev.torus.kernel.spi.RingAbi.OP_POLL_ADD;
import static dev.torus.kernel.spi.RingAbi.OP_RECV;
import static dev.torus.kernel.spi.RingAbi.OP_RECVMSG;
import static dev.torus.kernel.spi.RingAbi.OP_SEND;
import static dev.torus.kernel.spi.RingAbi.OP_SENDMSG;
import static dev.torus.kernel.spi.RingAbi.OP_SHUTDOWN;
import static dev.torus.kernel.spi.RingAbi.POLLIN;
import static dev.torus.tck.ring.Linux.EBADF;
import static dev.torus.tck.ring.Linux.EFAULT;
import static dev.torus.tck.ring.Linux.ENOTSOCK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.nio.ByteBuffer;

/** What stands under "Addresses" in the contract: no address and no descriptor in an entry can do harm. */
public abstract class AddressSuite {
    private static final String NO_REGIONS =
            "the operating system consumes this ring itself: it checks pages, not regions";

    @BackendTest(
            operations = {"RECV", "SEND", "ACCEPT", "CONNECT", "POLL_ADD", "SHUTDOWN", "CLOSE", "SENDMSG", "RECVMSG"})
    void B15_aDescriptorThatIsNotOpenIsEbadfForEveryOperation(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(256).put(128, new byte[] {2, 0, 0, 1, 127, 0, 0, 1});
        long msg = Ops.msghdr(memory, 0, 0, 0, memory.at(80), 8);
        int closed = lab.net().tcp();
        ring.closeNow(closed);
        for (int fd : new int[] {-1, closed, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            badDescriptor(ring, OP_RECV, fd, memory.at(0), 8, 0);
            badDescriptor(ring, OP_SEND, fd, memory.at(0), 8, 0);
            badDescriptor(ring, OP_ACCEPT, fd, 0, 0, 0);
            badDescriptor(ring, OP_CONNECT, fd, memory.at(128), 0, 16);
            badDescriptor(ring, OP_SHUTDOWN, fd, 0, 1, 0);
            badDescriptor(ring, OP_CLOSE, fd, 0, 0, 0);
            badDescriptor(ring, OP_SENDMSG, fd, msg, 1, 0);
            badDescriptor(ring, OP_RECVMSG, fd, msg, 1, 0);
            int poll = ring.result(ring.sqe(OP_POLL_ADD).fd(fd).opFlags(POLLIN).queue());
            assertThat(poll).as("POLL_ADD on %d", fd).isEqualTo(-EBADF);
        }
    }

    @BackendTest(operations = {"RECV", "SEND"})
    void B15_anAddressNobodyRegisteredIsEfault(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("data");
        // page 0 and a non-canonical address: bad for an operating system and for a table of regions
        for (long address : new long[] {0, 8, 0x00FF_0000_0000_0000L, -4096}) {
            fault(ring, ring.sqe(OP_RECV).fd(peer.fd()).addr(address).len(4).queue(), "RECV", address);
            fault(ring, ring.sqe(OP_SEND).fd(peer.fd()).addr(address).len(4).queue(), "SEND", address);
        }
        Region memory = ring.region(16);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 16)))
                .as("nothing was lost")
                .isEqualTo(4);
    }

    @BackendTest(operations = {"RECV", "SEND"})
    void B15_aRangeBeyondItsRegionIsEfault(Lab lab) {
        if (!lab.checksRegions()) {
            Lab.skip(NO_REGIONS);
        }
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("data");
        Region memory = ring.region(64);
        for (int opcode : new int[] {OP_RECV, OP_SEND}) {
            fault(
                    ring,
                    ring.sqe(opcode).fd(peer.fd()).addr(memory.at(60)).len(5).queue(),
                    "end",
                    opcode);
            fault(
                    ring,
                    ring.sqe(opcode).fd(peer.fd()).addr(memory.at(64)).len(1).queue(),
                    "behind",
                    opcode);
            fault(
                    ring,
                    ring.sqe(opcode).fd(peer.fd()).addr(memory.at(-1)).len(1).queue(),
                    "before",
                    opcode);
            fault(
                    ring,
                    ring.sqe(opcode).fd(peer.fd()).addr(memory.at(0)).len(-1).queue(),
                    "negative",
                    opcode);
            fault(
                    ring,
                    ring.sqe(opcode)
                            .fd(peer.fd())
                            .addr(memory.at(1))
                            .len(Integer.MAX_VALUE)
                            .queue(),
                    "2G",
                    opcode);
        }
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 60, 4)))
                .as("the exact end is inside")
                .isEqualTo(4);
    }

    @BackendTest(operations = {"RECV", "SEND"})
    void B15_aRegionThatWasUnregisteredIsEfault(Lab lab) {
        if (!lab.checksRegions()) {
            Lab.skip(NO_REGIONS);
        }
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ByteBuffer keptAlive = ByteBuffer.allocateDirect(64);
        Region memory = ring.register(keptAlive);
        memory.close();

        fault(ring, ring.sqe(OP_SEND).fd(peer.fd()).addr(memory.at(0)).len(4).queue(), "SEND", memory.at(0));
        assertThat(ring.backend().unregister(memory.at(0))).isNegative();
        assertThat(keptAlive.capacity()).isEqualTo(64);
    }

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B15_pointersInsideMessageHeadersAreCheckedToo(Lab lab) {
        if (!lab.checksRegions()) {
            Lab.skip(NO_REGIONS);
        }
        RingDriver ring = lab.ring();
        int fd = lab.net().udp();
        int other = lab.net().udp();
        Region memory = ring.region(512);
        byte[] to = lab.net().address(other);
        memory.put(128, to);
        long[] bad = {0, 8, memory.at(512), memory.at(-8), memory.at(508), 0x00FF_0000_0000_0000L};
        for (long address : bad) {
            long data = Ops.msghdr(memory, 0, memory.at(128), 16, address, 16);
            fault(ring, lab.ops().sendmsg(fd, data), "SENDMSG data", address);
            fault(ring, ring.sqe(OP_SENDMSG).fd(fd).addr(address).len(1).queue(), "SENDMSG header", address);
            fault(ring, ring.sqe(OP_RECVMSG).fd(fd).addr(address).len(1).queue(), "RECVMSG header", address);
            long vector = Ops.msghdr(memory, 0, memory.at(128), 16, memory.at(256), 16);
            memory.bytes().putLong(16, address);
            fault(ring, lab.ops().sendmsg(fd, vector), "SENDMSG iovec", address);
            fault(ring, lab.ops().recvmsg(fd, vector), "RECVMSG iovec", address);
            if (address != 0) {
                long name = Ops.msghdr(memory, 0, address, 16, memory.at(256), 16);
                fault(ring, lab.ops().sendmsg(fd, name), "SENDMSG name", address);
            }
        }
    }

    @BackendTest(operations = "SENDMSG")
    void B15_absurdNumbersInMessageHeadersAreErrors(Lab lab) {
        RingDriver ring = lab.ring();
        int fd = lab.net().udp();
        Region memory = ring.region(512);
        for (long count : new long[] {-1, Long.MAX_VALUE, 1L << 32, 1_000_000}) {
            long msg = Ops.msghdr(memory, 0, 0, 0, memory.at(256), 16);
            memory.bytes().putLong(24, count);
            int sent = ring.result(lab.ops().sendmsg(fd, msg));
            assertThat(sent).as("%d pieces: %s", count, Linux.result(sent)).isNegative();
        }
        long msg = Ops.msghdr(memory, 0, memory.at(128), Integer.MAX_VALUE, memory.at(256), 16);
        assertThat(ring.result(lab.ops().sendmsg(fd, msg))).isNegative();
    }

    @BackendTest(operations = "CONNECT")
    void B15_addressLengthsThatMakeNoSenseAreErrors(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(256);
        memory.put(0, lab.net().address(lab.net().listener(2)));
        for (long length : new long[] {0, 1, 3, 129, 4096, -1, 1L << 40}) {
            int result = ring.result(ring.sqe(OP_CONNECT)
                    .fd(lab.net().tcp())
                    .addr(memory.at(0))
                    .off(length)
                    .queue());
            assertThat(result).as("length %d: %s", length, Linux.result(result)).isNegative();
        }
    }

    @BackendTest(operations = {"RECV", "SEND", "ACCEPT"})
    void B15_aFileIsNotASocket(Lab lab) {
        RingDriver ring = lab.ring();
        BlockingFiles files = ring.backend().files();
        int fd = Net.ok(
                "open",
                files.open(
                        lab.directory().resolve("f").toString(), BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600));
        lab.own(() -> files.close(fd));
        Region memory = ring.region(64);
        for (long op : new long[] {
            lab.ops().recv(fd, memory, 0, 8),
            lab.ops().send(fd, memory, 8, 8),
            lab.ops().accept(fd)
        }) {
            int result = ring.result(op);
            assertThat(result).as(Linux.result(result)).isIn(-ENOTSOCK, -EBADF);
        }
    }

    @BackendTest
    void B15_unregisteringWhatIsNotRegisteredIsAnError(Lab lab) {
        if (!lab.checksRegions()) {
            Lab.skip(NO_REGIONS);
        }
        assertThat(lab.ring().backend().unregister(0x1234_5678_9000L)).isNegative();
        assertThat(lab.ring().backend().unregisterBufferRing(4711)).isNegative();
    }

    @BackendTest
    void B15_manyRegionsComeAndGo(Lab lab) {
        RingDriver ring = lab.ring();
        for (int round = 0; round < 20; round++) {
            Region[] regions = new Region[100];
            for (int i = 0; i < regions.length; i++) {
                regions[i] = ring.region(128);
            }
            for (int i = 0; i < regions.length; i++) {
                regions[i * 37 % regions.length].close();
            }
        }
        Net.Peer peer = lab.net().peer();
        peer.write("ok");
        assertThat(ring.result(lab.ops().recv(peer.fd(), ring.region(8), 0, 8))).isEqualTo(2);
    }

    @BackendTest
    void B15_randomEntriesAlwaysCompleteAndHarmNothing(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(4096);
        java.util.Random random = new java.util.Random(42);
        int[] opcodes = {
            RingAbi.OP_NOP, OP_RECV, OP_SEND, OP_ACCEPT, OP_CONNECT, OP_SHUTDOWN, OP_SENDMSG, OP_RECVMSG, OP_POLL_ADD
        };
        for (int i = 0; i < 2000; i++) {
            // descriptors that cannot be open, so that nothing of the test's process is touched
            int fd = 1_000_000 + random.nextInt(1 << 29);
            long op = ring.sqe(opcodes[random.nextInt(opcodes.length)])
                    .fd(random.nextInt(8) == 0 ? -1 - random.nextInt(1000) : fd)
                    .addr(random.nextBoolean() ? memory.at(random.nextInt(8192) - 2048) : random.nextLong())
                    .len(random.nextInt())
                    .off(random.nextLong())
                    .opFlags(random.nextInt())
                    .queue();
            int result = ring.result(op);
            assertThat(result).isLessThanOrEqualTo(0);
        }
    }

    private static void badDescriptor(RingDriver ring, int opcode, int fd, long address, int length, long off) {
        int result = ring.result(
                ring.sqe(opcode).fd(fd).addr(address).len(length).off(off).queue());
        assertThat(result)
                .as("opcode %d on descriptor %d: %s", opcode, fd, Linux.result(result))
                .isEqualTo(-EBADF);
    }

    private static void fault(RingDriver ring, long op, String what, long detail) {
        int result = ring.result(op);
        assertThat(result).as("%s %x: %s", what, detail, Linux.result(result)).isEqualTo(-EFAULT);
    }
}
