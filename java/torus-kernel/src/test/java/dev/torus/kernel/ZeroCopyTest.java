package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.spi.RingAbi;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Zero-copy sends, completion by completion: the result comes with MORE, the notification gives the buffer back. */
class ZeroCopyTest {
    private final ScriptedBackend backend = new ScriptedBackend(8, 32);
    private final List<String> seen = new ArrayList<>();
    private final CompletionHandler log = (token, result, flags) -> seen.add(token + ":" + result + ":" + flags);
    private IoKernel kernel;
    private IoBuffer buffer;
    private long socket;

    @BeforeEach
    void open() throws Exception {
        backend.hasZeroCopy = true;
        kernel = IoKernel.open(
                KernelOptions.builder().submissionEntries(8).zeroCopyBytes(100).build(), backend.provider());
        socket = kernel.socket(AddressFamily.INET, SocketType.STREAM);
        buffer = kernel.allocate(1024);
    }

    @AfterEach
    void close() {
        backend.onEnter.clear();
        kernel.close();
    }

    private void turn() {
        kernel.enter(0);
        kernel.drain(log);
    }

    private ScriptedBackend.Entry sendAndConsume(long token, int length) {
        kernel.send(socket, buffer, 0, length, token);
        turn();
        return backend.take(RingAbi.OP_SEND_ZC);
    }

    private void queued(ScriptedBackend.Entry entry, int result) {
        backend.complete(entry.userData(), result, RingAbi.CQE_F_MORE);
        turn();
    }

    private void notified(ScriptedBackend.Entry entry) {
        backend.complete(entry.userData(), 0, RingAbi.CQE_F_NOTIF);
        turn();
    }

    @Test
    void oneCompletionWithTheNotification() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        assertThat(send.opFlags()).isEqualTo(RingAbi.MSG_WAITALL | RingAbi.MSG_NOSIGNAL);
        queued(send, 200);
        assertThat(seen).isEmpty();
        assertThat(buffer.isLent()).isTrue();
        assertThat(kernel.pending()).isOne();
        notified(send);
        assertThat(seen).containsExactly("1:200:0");
        assertThat(buffer.isLent()).isFalse();
        assertThat(kernel.stats().bytesOut()).isEqualTo(200);
        assertThat(kernel.stats().zeroCopySends()).isOne();
    }

    @Test
    void theNextSendStartsWhenTheBytesAreQueued() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        kernel.send(socket, buffer, 0, 10, 2);
        turn();
        assertThat(backend.entries).isEmpty();
        queued(send, 200);
        turn();
        backend.complete(backend.take(RingAbi.OP_SEND), 10);
        turn();
        notified(send);
        assertThat(seen).containsExactly("2:10:0", "1:200:0");
    }

    @Test
    void anErrorWithoutANotificationIsTheLast() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        backend.complete(send, Errno.ECONNRESET.result());
        turn();
        assertThat(seen).containsExactly("1:" + Errno.ECONNRESET.result() + ":0");
        assertThat(buffer.isLent()).isFalse();
        assertThat(kernel.stats().zeroCopySends()).isZero();
    }

    @Test
    void whatCannotBeSentWithoutCopyingIsCopiedBeforeTheNextOne() {
        for (Errno refusal : new Errno[] {Errno.EOPNOTSUPP, Errno.ENOMEM, Errno.ENOBUFS}) {
            seen.clear();
            ScriptedBackend.Entry send = sendAndConsume(1, 200);
            kernel.send(socket, buffer, 200, 10, 2);
            queued(send, refusal.result());
            turn();
            assertThat(backend.entries).isEmpty();
            notified(send);
            turn();
            ScriptedBackend.Entry copied = backend.take(RingAbi.OP_SEND);
            assertThat(copied.address()).isEqualTo(send.address());
            assertThat(copied.length()).isEqualTo(200);
            assertThat(copied.fd()).isEqualTo(send.fd());
            backend.complete(copied, 200);
            turn();
            turn();
            backend.complete(backend.take(RingAbi.OP_SEND), 10);
            turn();
            assertThat(seen).containsExactly("1:200:0", "2:10:0");
            assertThat(buffer.isLent()).isFalse();
        }
    }

    @Test
    void aClosedHandleDoesNotWaitForTheNotificationButTheBufferDoes() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        queued(send, 200);
        kernel.close(socket, 9);
        turn();
        turn();
        assertThat(seen).containsExactly("1:200:0", "9:0:0");
        assertThat(kernel.pending()).isZero();
        assertThat(buffer.isLent()).isTrue();
        assertThatThrownBy(() -> kernel.release(buffer)).isInstanceOf(BufferLentException.class);
        notified(send);
        assertThat(seen).hasSize(2);
        assertThat(buffer.isLent()).isFalse();
        assertThat(kernel.stats().bytesOut()).isEqualTo(200);
    }

    @Test
    void aNotificationThatOvertakesTheCompletionOfAClosedHandle() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        queued(send, 200);
        kernel.nop(5);
        kernel.enter(0);
        // both are in the ring: the handler of the first closes the handle before the second is seen
        backend.complete(backend.take(RingAbi.OP_NOP), 0);
        backend.complete(send.userData(), 0, RingAbi.CQE_F_NOTIF);
        kernel.drain((token, result, flags) -> {
            log.completed(token, result, flags);
            if (token == 5) {
                kernel.close(socket, 9);
            }
        });
        turn();
        turn();
        assertThat(seen).containsExactly("5:0:0", "1:200:0", "9:0:0");
        assertThat(buffer.isLent()).isFalse();
        assertThat(kernel.pending()).isZero();
    }

    @Test
    void closedBeforeTheBytesWereQueued() {
        ScriptedBackend.Entry send = sendAndConsume(1, 200);
        backend.onEnter.add(() -> {});
        kernel.close(socket, 9);
        turn();
        // the cancellation came too late
        backend.complete(backend.take(RingAbi.OP_ASYNC_CANCEL), Errno.ENOENT.result());
        queued(send, 200);
        turn();
        turn();
        assertThat(seen).contains("1:200:0");
        notified(send);
        assertThat(buffer.isLent()).isFalse();
    }

    @Test
    void smallSendsAreCopied() {
        kernel.send(socket, buffer, 0, 99, 1);
        turn();
        backend.complete(backend.take(RingAbi.OP_SEND), 99);
        turn();
        assertThat(seen).containsExactly("1:99:0");
    }
}
