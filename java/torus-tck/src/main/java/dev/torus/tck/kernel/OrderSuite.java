package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.Completions;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/** Rules 2 and 9: operations of one handle take effect in queue order, whatever the size of the rings. */
public abstract class OrderSuite {
    @BackendTest(operations = "SEND")
    void K02_queuedSendsGoOutInOrder(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        StringBuilder expected = new StringBuilder();
        List<Long> sends = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            String text = "message " + i + ";";
            expected.append(text);
            IoBuffer buffer = rig.buffer(text);
            sends.add(rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, text.length(), t)));
        }
        sends.forEach(send -> assertThat(rig.result(send)).isPositive());

        assertThat(link.readText(expected.length())).isEqualTo(expected.toString());
        assertThat(rig.order().stream().filter(sends::contains))
                .as("sends complete in order")
                .isEqualTo(sends);
    }

    @BackendTest(operations = "SEND")
    void K02_aBigSendAndTheOnesBehindItAreNotMixed(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        int big = 8 << 20;
        IoBuffer memory = rig.kernel().allocate(big);
        for (int i = 0; i < big; i++) {
            memory.bytes().put(i, Region.pattern(i, 0));
        }
        IoBuffer tail = rig.buffer("tail");
        long first = rig.start(t -> rig.kernel().send(link.handle(), memory, 0, big, t));
        long second = rig.start(t -> rig.kernel().send(link.handle(), tail, 0, 4, t));
        for (int i = 0; i < 10; i++) {
            rig.turn(0);
        }
        assertThat(rig.isPending(first) && rig.isPending(second)).isTrue();
        Future<byte[]> received = lab.thread("reader", () -> link.read(big + 4));

        assertThat(rig.result(first)).isEqualTo(big);
        assertThat(rig.result(second)).isEqualTo(4);
        byte[] bytes = Lab.join(received);
        for (int i = 0; i < big; i += 1009) {
            assertThat(bytes[i]).isEqualTo(Region.pattern(i, 0));
        }
        assertThat(new String(bytes, big, 4, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("tail");
    }

    @BackendTest(operations = "RECV")
    void K02_queuedReceivesAreFilledInOrder(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        List<IoBuffer> buffers = new ArrayList<>();
        List<Long> recvs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            IoBuffer buffer = rig.kernel().allocate(4);
            buffers.add(buffer);
            recvs.add(rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 4, t)));
        }
        for (int i = 0; i < 100; i++) {
            link.write(String.format("%04d", i));
        }
        StringBuilder received = new StringBuilder();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            long got = rig.result(recvs.get(i));
            received.append(Rig.text(buffers.get(i), 0, got));
            expected.append(String.format("%04d", i));
        }
        // a receive may get less than four bytes; the stream's order is what counts
        assertThat(expected.toString()).startsWith(received.toString());
        assertThat(received.length()).isGreaterThanOrEqualTo(100);
    }

    @BackendTest(operations = "ACCEPT")
    void K02_queuedAcceptsEachTakeOneConnection(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(64);
        List<Long> accepts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            accepts.add(rig.start(t -> rig.kernel().accept(listener, t)));
        }
        rig.turn(0);
        for (int i = 0; i < 20; i++) {
            rig.channel(rig.address(listener).getPort());
        }
        accepts.forEach(accept -> assertThat(rig.result(accept)).isNotNegative());
        assertThat(rig.order().stream().filter(accepts::contains)).isEqualTo(accepts);
    }

    @BackendTest(operations = {"SHUTDOWN", "SEND"})
    void K02_shutdownStandsBehindTheSendsQueuedBefore(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(4 << 20);
        long send = rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, 4 << 20, t));
        long shutdown = rig.start(t -> rig.kernel().shutdown(link.handle(), Shutdown.WRITE, t));
        Future<Integer> received = lab.thread("reader", () -> link.read((4 << 20) + 1).length);

        assertThat(rig.result(send)).isEqualTo(4 << 20);
        assertThat(rig.result(shutdown)).isZero();
        assertThat(Lab.join(received)).as("everything, then the end").isEqualTo(4 << 20);
    }

    @BackendTest(operations = {"CONNECT", "SEND"})
    void K02_sendsQueuedBehindAConnectWaitForIt(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(4);
        long client = rig.tcp();
        IoBuffer hello = rig.buffer("hello");
        IoBuffer in = rig.kernel().allocate(16);
        long connect = rig.start(t -> rig.kernel().connect(client, rig.address(listener), t));
        long send = rig.start(t -> rig.kernel().send(client, hello, 0, 5, t));
        long server = rig.call(t -> rig.kernel().accept(listener, t));

        assertThat(rig.result(connect)).isZero();
        assertThat(rig.result(send)).isEqualTo(5);
        assertThat(rig.call(t -> rig.kernel().recv(server, in, 0, 16, t))).isEqualTo(5);
    }

    @BackendTest(operations = {"WRITE", "READ"})
    void K02_operationsAtTheFilePositionTakeEffectInOrder(Lab lab) {
        Rig rig = Rig.of(lab);
        long file = rig.call(t -> rig.kernel()
                .openFile(lab.directory().resolve("f"), BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600, t));
        List<Long> writes = new ArrayList<>();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            String text = i + ",";
            expected.append(text);
            IoBuffer buffer = rig.buffer(text);
            writes.add(rig.start(t -> rig.kernel().write(file, buffer, 0, text.length(), -1, t)));
        }
        writes.forEach(write -> assertThat(rig.result(write)).isPositive());
        IoBuffer all = rig.kernel().allocate(1024);
        long got = rig.call(t -> rig.kernel().read(file, all, 0, 1024, 0, t));

        assertThat(Rig.text(all, 0, got)).isEqualTo(expected.toString());
        assertThat(rig.call(t -> rig.kernel().close(file, t))).isZero();
    }

    @BackendTest
    void K02_differentHandlesDoNotWaitForEachOther(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link stuck = rig.link();
        Rig.Link free = rig.link();
        IoBuffer buffer = rig.kernel().allocate(16 << 20);
        IoBuffer small = rig.buffer("x");
        long blocked = rig.start(t -> rig.kernel().send(stuck.handle(), buffer, 0, 16 << 20, t));

        assertThat(rig.call(t -> rig.kernel().send(free.handle(), small, 0, 1, t)))
                .isOne();
        assertThat(rig.isPending(blocked)).isTrue();
    }

    @BackendTest
    void K02_anErrorOfOneSendDoesNotStopTheOthersFromEnding(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8 << 20);
        List<Long> sends = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sends.add(rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, 8 << 20, t)));
        }
        rig.turn(0);
        link.reset();

        List<Long> results = sends.stream().map(rig::result).toList();
        assertThat(results.subList(1, 10))
                .allSatisfy(result -> assertThat(result).isNegative());
        assertThat(buffer.isLent()).isFalse();
    }

    @BackendTest(operations = "NOP")
    void K09_aFullSubmissionRingKeepsOrderAndLosesNothing(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(4).completionEntries(8));
        List<Long> nops = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            nops.add(rig.start(t -> rig.kernel().nop(t)));
        }
        nops.forEach(nop -> assertThat(rig.result(nop)).isZero());
    }

    @BackendTest(operations = "SEND")
    void K09_sendsThroughATinyRingKeepTheirOrder(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(2).completionEntries(4));
        Rig.Link one = rig.link();
        Rig.Link two = rig.link();
        StringBuilder expected = new StringBuilder();
        List<Long> sends = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String text = String.format("%03d", i);
            expected.append(text);
            IoBuffer buffer = rig.buffer(text);
            for (Rig.Link link : List.of(one, two)) {
                sends.add(rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, 3, t)));
            }
        }
        sends.forEach(send -> assertThat(rig.result(send)).isEqualTo(3));
        assertThat(one.readText(300)).isEqualTo(expected.toString());
        assertThat(two.readText(300)).isEqualTo(expected.toString());
    }

    @BackendTest
    void K09_manyCompletionsThroughATinyRing(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(2).completionEntries(4));
        long listener = rig.listener(64);
        List<Rig.Link> links = new ArrayList<>();
        List<Long> recvs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Rig.Link link = rig.link(listener);
            links.add(link);
            IoBuffer buffer = rig.kernel().allocate(8);
            recvs.add(rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t)));
        }
        rig.turn(0);
        links.forEach(link -> link.write("y"));
        recvs.forEach(recv -> assertThat(rig.result(recv)).isOne());
    }

    @BackendTest(operations = "NOP")
    void K01_tokensComeBackUntouchedAlsoWhenEqual(Lab lab) {
        Rig rig = Rig.of(lab);
        long[] tokens = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 7, 7, 7};
        for (long token : tokens) {
            rig.kernel().nop(token);
        }
        List<Long> seen = new ArrayList<>();
        while (seen.size() < tokens.length) {
            rig.kernel().enter(-1);
            rig.kernel().drain((token, result, flags) -> {
                assertThat(Completions.more(flags)).isFalse();
                seen.add(token);
            });
        }
        assertThat(seen).containsExactlyInAnyOrder(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 7L, 7L, 7L);
    }
}
