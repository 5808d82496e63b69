package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.spi.RingAbi;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules [K] of the ring contract, entry by entry, over a backend that the test plays. */
class OperationOrderTest {
    private final ScriptedBackend backend = new ScriptedBackend(8, 32);
    private final List<String> seen = new ArrayList<>();
    private final CompletionHandler log = (token, result, flags) ->
            seen.add(token + ":" + result + (Completions.timedOut(flags) ? " timed out" : ""));
    private IoKernel kernel;
    private IoBuffer buffer;
    private long socket;

    @BeforeEach
    void open() throws Exception {
        KernelOptions options =
                KernelOptions.builder().submissionEntries(8).maxPending(64).build();
        kernel = IoKernel.open(options, backend.provider());
        socket = kernel.socket(AddressFamily.INET, SocketType.STREAM);
        buffer = kernel.allocate(64);
    }

    @AfterEach
    void close() {
        backend.onEnter.clear();
        backend.completeNops = true;
        kernel.close();
    }

    private void turn() {
        kernel.enter(0);
        kernel.drain(log);
    }

    private void enterWithoutAnswers() {
        backend.onEnter.add(() -> {});
        kernel.enter(0);
    }

    @Test
    void secondSendIsHeldUntilTheFirstHasCompleted() {
        kernel.send(socket, buffer, 0, 10, 1);
        kernel.send(socket, buffer, 10, 10, 2);
        turn();
        ScriptedBackend.Entry first = backend.take(RingAbi.OP_SEND);
        assertThat(backend.entries).isEmpty();
        backend.complete(first, 10);
        turn();
        turn();
        ScriptedBackend.Entry second = backend.take(RingAbi.OP_SEND);
        assertThat(second.address() - first.address()).isEqualTo(10);
        assertThat(second.fd()).isEqualTo(first.fd());
        backend.complete(second, 10);
        turn();
        assertThat(seen).containsExactly("1:10", "2:10");
        assertThat(buffer.isLent()).isFalse();
    }

    @Test
    void receivesDoNotWaitForSends() {
        IoBuffer other = kernel.allocate(8);
        kernel.send(socket, buffer, 0, 10, 1);
        kernel.recv(socket, other, 0, 8, 2);
        turn();
        assertThat(backend.entries).hasSize(2);
    }

    @Test
    void cancellingAHeldOperationLeavesTheOthersInOrder() {
        kernel.send(socket, buffer, 0, 1, 1);
        long held = kernel.send(socket, buffer, 1, 1, 2);
        kernel.send(socket, buffer, 2, 1, 3);
        kernel.cancel(held, 9);
        turn();
        assertThat(seen).containsExactly("2:-125", "9:0");
        backend.complete(backend.take(RingAbi.OP_SEND), 1);
        turn();
        turn();
        backend.complete(backend.take(RingAbi.OP_SEND), 1);
        turn();
        assertThat(seen).containsExactly("2:-125", "9:0", "1:1", "3:1");
    }

    @Test
    void closeCancelsEverythingAndCompletesLast() {
        kernel.recv(socket, kernel.allocate(8), 0, 8, 1);
        kernel.send(socket, buffer, 0, 1, 2);
        kernel.send(socket, buffer, 1, 1, 3);
        kernel.poll(socket, RingAbi.POLLIN, 4);
        enterWithoutAnswers();
        kernel.close(socket, 5);
        kernel.recv(socket, kernel.allocate(8), 0, 8, 6);
        for (int i = 0; i < 4; i++) {
            turn();
        }
        assertThat(seen).containsExactlyInAnyOrder("1:-125", "2:-125", "3:-125", "4:-125", "6:-9", "5:0");
        assertThat(seen).last().isEqualTo("5:0");
        assertThat(backend.closed).containsExactly(10);
        assertThat(kernel.stats().openHandles()).isZero();
    }

    @Test
    void theRealResultWinsAgainstClose() {
        kernel.send(socket, buffer, 0, 1, 1);
        enterWithoutAnswers();
        ScriptedBackend.Entry send = backend.take(RingAbi.OP_SEND);
        kernel.close(socket, 2);
        backend.onEnter.add(() -> {
            backend.complete(send, 1);
            backend.answerCancelsAndCloses();
        });
        for (int i = 0; i < 3; i++) {
            turn();
        }
        assertThat(seen).containsExactly("1:1", "2:0");
    }

    @Test
    void anAcceptedConnectionThatArrivesAfterCancelIsClosed() {
        long accept = kernel.accept(socket, 1);
        enterWithoutAnswers();
        ScriptedBackend.Entry entry = backend.take(RingAbi.OP_ACCEPT);
        kernel.cancel(accept, 2);
        backend.complete(entry, 77);
        turn();
        turn();
        assertThat(seen).containsExactlyInAnyOrder("1:-125", "2:-2");
        assertThat(backend.closed).containsExactly(77);
    }

    @Test
    void aMultishotAcceptThatIsClosedClosesWhatStillArrives() {
        kernel.acceptMultishot(socket, 1);
        enterWithoutAnswers();
        ScriptedBackend.Entry entry = backend.take(RingAbi.OP_ACCEPT);
        backend.complete(entry.userData(), 70, RingAbi.CQE_F_MORE);
        kernel.drain(log);
        assertThat(seen).hasSize(1);
        kernel.close(socket, 2);
        backend.complete(entry.userData(), 71, RingAbi.CQE_F_MORE);
        backend.complete(entry.userData(), 72, 0);
        for (int i = 0; i < 3; i++) {
            turn();
        }
        assertThat(seen).hasSize(3).contains("1:-125", "2:0");
        assertThat(backend.closed).containsExactly(71, 72, 10);
    }

    @Test
    void aPassedDeadlineCancelsAndSaysSo() {
        kernel.recv(socket, buffer, 0, 8, 1, 1);
        kernel.send(socket, kernel.allocate(8), 0, 8, 2);
        kernel.send(socket, kernel.allocate(8), 0, 8, 3, 1);
        for (int i = 0; i < 3; i++) {
            turn();
        }
        assertThat(seen).containsExactlyInAnyOrder("1:-125 timed out", "3:-125 timed out");
    }

    @Test
    void theWaitEndsAtTheEarliestDeadline() {
        kernel.recv(socket, buffer, 0, 8, 1, 1_000_000_000_000L);
        enterWithoutAnswers();
        backend.onEnter.add(() -> {});
        kernel.enter(-1);
        assertThat(backend.lastTimeoutNanos).isBetween(900_000_000_000L, 1_000_000_000_000L);
        backend.onEnter.add(() -> {});
        kernel.enter(5);
        assertThat(backend.lastTimeoutNanos).isEqualTo(5);
    }

    @Test
    void aFullSubmissionRingEntersAndKeepsOrder() {
        for (int i = 0; i < 50; i++) {
            kernel.nop(i);
        }
        turn();
        assertThat(backend.entries).hasSize(50);
        List<Long> order =
                backend.entries.stream().map(ScriptedBackend.Entry::userData).toList();
        assertThat(order)
                .isEqualTo(order.stream()
                        .sorted((a, b) -> Long.compare(a & 0xFFFFFF, b & 0xFFFFFF))
                        .toList());
    }

    @Test
    void aBusyBackendLosesNoCompletion() {
        for (int i = 0; i < 6; i++) {
            kernel.nop(i);
        }
        enterWithoutAnswers();
        backend.completeAll();
        backend.busyAnswers = 1;
        for (int i = 6; i < 20; i++) {
            kernel.nop(i);
        }
        kernel.drain(log);
        assertThat(seen).containsExactly("0:0", "1:0", "2:0", "3:0", "4:0", "5:0");
    }

    @Test
    void aHandlerThatThrowsLosesNothing() {
        kernel.nop(1);
        kernel.nop(2);
        enterWithoutAnswers();
        backend.completeAll();
        assertThatThrownBy(() -> kernel.drain((token, result, flags) -> {
                    throw new IllegalArgumentException("mine");
                }))
                .hasMessage("mine");
        kernel.drain(log);
        assertThat(seen).containsExactly("2:0");
    }

    @Test
    void aCompletionThatComesTwiceIsNoticed() {
        kernel.nop(1);
        enterWithoutAnswers();
        ScriptedBackend.Entry entry = backend.take(RingAbi.OP_NOP);
        backend.complete(entry, 0);
        kernel.drain(log);
        backend.complete(entry, 0);
        assertThatThrownBy(() -> kernel.drain(log)).hasMessageContaining("twice");
    }

    @Test
    void theHighWatermarkRefusesAndChangesNothing() {
        for (int i = 0; i < 64; i++) {
            kernel.nop(i);
        }
        assertThatThrownBy(() -> kernel.recv(socket, buffer, 0, 8, 99))
                .isInstanceOf(PendingLimitException.class)
                .hasMessageContaining("64");
        assertThat(buffer.isLent()).isFalse();
        for (ScriptedBackend.Entry entry : drainEntries()) {
            backend.complete(entry, 0);
        }
        kernel.drain(log);
        while (kernel.pending() > 0) {
            for (ScriptedBackend.Entry entry : drainEntries()) {
                backend.complete(entry, 0);
            }
            kernel.drain(log);
        }
        kernel.recv(socket, buffer, 0, 8, 99);
    }

    private List<ScriptedBackend.Entry> drainEntries() {
        enterWithoutAnswers();
        List<ScriptedBackend.Entry> some =
                List.copyOf(backend.entries.subList(0, Math.min(16, backend.entries.size())));
        backend.entries.removeAll(some);
        return some;
    }

    @Test
    void lentBuffersAreRefused() {
        kernel.recv(socket, buffer, 0, 8, 1);
        assertThatThrownBy(() -> kernel.recv(socket, buffer, 8, 8, 2)).isInstanceOf(BufferLentException.class);
        assertThatThrownBy(() -> kernel.send(socket, buffer, 0, 8, 2)).isInstanceOf(BufferLentException.class);
        assertThatThrownBy(() -> kernel.release(buffer)).isInstanceOf(BufferLentException.class);
        IoBuffer shared = kernel.allocate(8);
        kernel.send(socket, shared, 0, 8, 3);
        kernel.send(socket, shared, 0, 8, 4);
        assertThatThrownBy(() -> kernel.recv(socket, shared, 0, 8, 5)).isInstanceOf(BufferLentException.class);
    }

    @Test
    void aStaleHandleIsNotTheNextOneWithItsIndex() throws Exception {
        kernel.close(socket, 1);
        turn();
        turn();
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            handles.add(kernel.socket(AddressFamily.INET, SocketType.STREAM));
        }
        assertThat(handles).doesNotContain(socket).anyMatch(handle -> (int) (long) handle == (int) socket);
        kernel.nop(7);
        kernel.poll(socket, RingAbi.POLLIN, 2);
        turn();
        assertThat(seen).contains("2:-9");
    }

    @Test
    void postWakesAParkedOwnerOnceAndAnAwakeOneNever() throws Exception {
        assertThat(kernel.post(() -> seen.add("a"))).isTrue();
        kernel.post(() -> seen.add("b"));
        assertThat(backend.wakeups).hasValue(0);
        turn();
        assertThat(seen).containsExactly("a", "b");
        backend.onEnter.add(() -> {
            Thread other = new Thread(() -> {
                kernel.post(() -> seen.add("c"));
                kernel.post(() -> seen.add("d"));
            });
            other.start();
            join(other);
        });
        kernel.enter(-1);
        assertThat(backend.lastTimeoutNanos).isEqualTo(-1);
        kernel.drain(log);
        assertThat(backend.wakeups).hasValue(1);
        assertThat(seen).containsExactly("a", "b", "c", "d");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void foreignThreadsAreRefused() throws Exception {
        List<Throwable> caught = new ArrayList<>();
        Thread other = new Thread(() -> {
            try {
                kernel.nop(1);
            } catch (WrongThreadException e) {
                caught.add(e);
            }
        });
        other.start();
        other.join();
        assertThat(caught).hasSize(1);
    }

    @Test
    void closeInsideDrainIsDeferredToItsEnd() {
        kernel.nop(1);
        kernel.nop(2);
        enterWithoutAnswers();
        backend.completeAll();
        kernel.drain((token, result, flags) -> {
            seen.add(token + ":" + result);
            kernel.close();
        });
        assertThat(seen).containsExactly("1:0", "2:0");
        assertThatThrownBy(() -> kernel.nop(3)).hasMessageContaining("closed");
    }

    @Test
    void argumentsAreChecked() {
        assertThatThrownBy(() -> kernel.recv(socket, buffer, -1, 8, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.recv(socket, buffer, 60, 8, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.recv(socket, buffer, 8, Integer.MAX_VALUE, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.send(socket, buffer, 0, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.send(socket, buffer, 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.read(socket, buffer, 0, 8, 0, 1)).hasMessageContaining("file");
        assertThatThrownBy(() -> kernel.register(java.nio.ByteBuffer.allocate(8)))
                .hasMessageContaining("heap");
        assertThat(kernel.pending()).isZero();
    }
}
