package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Sending and receiving on connected stream sockets. Every function makes one attempt and returns bytes, a negative
 * errno or {@link SocketEngine#WOULD_BLOCK}.
 */
final class StreamTransfers {
    private final Regions regions;
    private final BufferRings bufferRings;
    private final Message message;
    private final Counters counters;

    StreamTransfers(Regions regions, BufferRings bufferRings, Message message, Counters counters) {
        this.regions = regions;
        this.bufferRings = bufferRings;
        this.message = message;
        this.counters = counters;
    }

    int receive(SocketHandle socket, Operation operation) throws IOException {
        if (!socket.connected) {
            return -LinuxErrno.ENOTCONN;
        }
        if (operation.selectsBuffer) {
            return receiveSelected(socket, operation);
        }
        ByteBuffer window = regions.window(operation.address, operation.length);
        return window == null ? -LinuxErrno.EFAULT : read(socket, window);
    }

    private int receiveSelected(SocketHandle socket, Operation operation) throws IOException {
        BufferRing ring = bufferRings.find(operation.bufferGroup);
        if (ring == null || !ring.hasNext()) {
            return SocketEngine.withoutBuffer(socket);
        }
        int length = operation.length == 0 ? ring.length() : Math.min(operation.length, ring.length());
        ByteBuffer window = length <= 0 ? null : regions.window(ring.address(), length);
        if (window == null) {
            return -LinuxErrno.EFAULT;
        }
        int result = read(socket, window);
        if (result > 0) {
            operation.completionFlags = RingAbi.CQE_F_BUFFER | ring.bufferId() << RingAbi.CQE_BUFFER_SHIFT;
            ring.take();
        }
        return result;
    }

    /** One read. 0 is the end of the stream, or an empty window. */
    private int read(SocketHandle socket, ByteBuffer window) throws IOException {
        int room = window.remaining();
        if (room == 0) {
            return 0;
        }
        counters.systemCalls++;
        int bytes = socket.stream.read(window);
        socket.readableForSure = false;
        if (bytes == 0) {
            return SocketEngine.WOULD_BLOCK;
        }
        if (bytes < 0) {
            return 0;
        }
        counters.bytesIn += bytes;
        // A short read emptied the socket: the next one waits for the selector instead of trying in vain.
        socket.readable = bytes == room;
        return bytes;
    }

    int receiveMessage(SocketHandle socket, Operation operation) throws IOException {
        int refusal = message.load(operation.address);
        if (refusal != 0) {
            return refusal;
        }
        if (!socket.connected) {
            return -LinuxErrno.ENOTCONN;
        }
        int received = 0;
        for (int i = 0; i < message.vectors(); i++) {
            if (message.length(i) == 0) {
                continue;
            }
            int bytes = read(socket, message.window(i, 0));
            if (bytes == SocketEngine.WOULD_BLOCK && received == 0) {
                return SocketEngine.WOULD_BLOCK;
            }
            received += Math.max(bytes, 0);
            if (bytes < message.length(i)) {
                break;
            }
        }
        message.storeOutcome(0);
        if (message.name() != 0) {
            message.storeName(null, 0);
        }
        return received;
    }

    int send(SocketHandle socket, Operation operation) throws IOException {
        ByteBuffer window = regions.window(operation.address, operation.length);
        if (window == null) {
            return -LinuxErrno.EFAULT;
        }
        if (!socket.connected) {
            return notConnected(socket);
        }
        window.position(window.position() + operation.done);
        if (window.hasRemaining()) {
            write(socket, operation, window);
        }
        return outcome(socket, operation, operation.length);
    }

    /** What the system takes at once, beside any operation: bytes or -errno. */
    int sendNow(SocketHandle socket, long address, int length) throws IOException {
        ByteBuffer window = regions.window(address, length);
        if (window == null) {
            return -LinuxErrno.EFAULT;
        }
        if (!socket.connected) {
            return notConnected(socket);
        }
        counters.systemCalls++;
        int bytes = socket.stream.write(window);
        counters.bytesOut += bytes;
        socket.writable = bytes == length;
        return bytes == 0 ? -LinuxErrno.EAGAIN : bytes;
    }

    int sendMessage(SocketHandle socket, Operation operation) throws IOException {
        int refusal = message.load(operation.address);
        if (refusal != 0) {
            return refusal;
        }
        if (!socket.connected) {
            return notConnected(socket);
        }
        int skip = operation.done;
        for (int i = 0; i < message.vectors(); i++) {
            int length = message.length(i);
            if (skip >= length) {
                skip -= length;
                continue;
            }
            if (!write(socket, operation, message.window(i, skip))) {
                break;
            }
            skip = 0;
        }
        return outcome(socket, operation, message.total());
    }

    /** One write; whether everything went. */
    private boolean write(SocketHandle socket, Operation operation, ByteBuffer window) throws IOException {
        counters.systemCalls++;
        int bytes = socket.stream.write(window);
        counters.bytesOut += bytes;
        operation.done += bytes;
        return !window.hasRemaining();
    }

    private static int outcome(SocketHandle socket, Operation operation, int total) {
        if (operation.done == total) {
            return total;
        }
        socket.writable = false;
        boolean takesPart = (operation.messageFlags & RingAbi.MSG_WAITALL) == 0 && operation.done > 0;
        return takesPart ? operation.done : SocketEngine.WOULD_BLOCK;
    }

    private static int notConnected(SocketHandle socket) {
        return socket.family == RingAbi.AF_UNIX ? -LinuxErrno.ENOTCONN : -LinuxErrno.EPIPE;
    }
}
