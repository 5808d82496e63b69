package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sending and receiving datagrams. Every function makes one attempt and returns bytes, a negative errno or
 * {@link SocketEngine#WOULD_BLOCK}.
 *
 * <p>NIO cuts a datagram that is too long without saying so. Where the caller is to learn of it (RECVMSG, MSG_TRUNC),
 * the datagram goes through a buffer that holds the longest one.
 */
final class DatagramTransfers {
    private static final int LONGEST = 1 << 16;

    private final Regions regions;
    private final BufferRings bufferRings;
    private final Message message;
    private final Counters counters;
    private final ByteBuffer whole = ByteBuffer.allocateDirect(LONGEST);

    // The addresses last used: neither a sockaddr nor an object is made again for the same peer.
    private final Destinations destinations = new Destinations();
    private final ByteBuffer source =
            ByteBuffer.allocate(RingAbi.SOCKADDR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private SocketAddress lastSource;
    private int lastSourceFamily;
    private int lastSourceLength;

    DatagramTransfers(Regions regions, BufferRings bufferRings, Message message, Counters counters) {
        this.regions = regions;
        this.bufferRings = bufferRings;
        this.message = message;
        this.counters = counters;
    }

    int receive(SocketHandle socket, Operation operation) throws IOException {
        BufferRing ring = null;
        long address = operation.address;
        int length = operation.length;
        if (operation.selectsBuffer) {
            ring = bufferRings.find(operation.bufferGroup);
            if (ring == null || !ring.hasNext()) {
                return SocketEngine.withoutBuffer(socket);
            }
            address = ring.address();
            length = length == 0 ? ring.length() : Math.min(length, ring.length());
        }
        ByteBuffer window = regions.window(address, length);
        if (window == null) {
            return -LinuxErrno.EFAULT;
        }
        int result = (operation.messageFlags & RingAbi.MSG_TRUNC) == 0
                ? receiveDirectly(socket, operation, window)
                : receiveCut(socket, operation, window);
        if (result >= 0 && ring != null) {
            operation.completionFlags = RingAbi.CQE_F_BUFFER | ring.bufferId() << RingAbi.CQE_BUFFER_SHIFT;
            ring.take();
        }
        return result;
    }

    private int receiveDirectly(SocketHandle socket, Operation operation, ByteBuffer window) throws IOException {
        int start = window.position();
        return receiveFrom(socket, operation, window) == null ? SocketEngine.WOULD_BLOCK : window.position() - start;
    }

    /** Answers with the datagram's whole length. */
    private int receiveCut(SocketHandle socket, Operation operation, ByteBuffer window) throws IOException {
        if (receiveFrom(socket, operation, whole.clear()) == null) {
            return SocketEngine.WOULD_BLOCK;
        }
        int length = whole.position();
        whole.flip().limit(Math.min(length, window.remaining()));
        window.put(whole);
        return length;
    }

    /** One receive; the source, or null if nothing is there. */
    private SocketAddress receiveFrom(SocketHandle socket, Operation operation, ByteBuffer window) throws IOException {
        int start = window.position();
        counters.systemCalls++;
        // For one operation, another attempt would cost as much as the select that is due anyway.
        socket.readable = operation.multishot || operation.next != null;
        socket.readableForSure = false;
        SocketAddress from = socket.datagram.receive(window);
        counters.bytesIn += window.position() - start;
        return from;
    }

    int receiveMessage(SocketHandle socket, Operation operation) throws IOException {
        int refusal = message.load(operation.address);
        if (refusal != 0) {
            return refusal;
        }
        boolean direct = message.vectors() == 1 && message.length(0) >= LONGEST;
        ByteBuffer window = direct ? message.window(0, 0) : whole.clear();
        int start = window.position();
        SocketAddress from = receiveFrom(socket, operation, window);
        if (from == null) {
            return SocketEngine.WOULD_BLOCK;
        }
        int length = window.position() - start;
        int stored = direct ? length : message.scatter(whole.flip());
        boolean cut = stored < length;
        message.storeOutcome(cut ? RingAbi.MSG_TRUNC : 0);
        storeSource(from, socket.family);
        return cut && (operation.messageFlags & RingAbi.MSG_TRUNC) != 0 ? length : stored;
    }

    private void storeSource(SocketAddress from, int family) {
        // The same object comes again for the same peer.
        if (from != lastSource || family != lastSourceFamily) {
            lastSourceLength = SocketAddresses.encode(from, family, source, 0);
            lastSource = from;
            lastSourceFamily = family;
        }
        message.storeName(source, lastSourceLength);
    }

    int send(SocketHandle socket, Operation operation) throws IOException {
        ByteBuffer window = regions.window(operation.address, operation.length);
        if (window == null) {
            return -LinuxErrno.EFAULT;
        }
        return sendTo(socket, window, operation.address2, operation.address2 == 0 ? 0 : operation.address2Length);
    }

    int sendMessage(SocketHandle socket, Operation operation) throws IOException {
        int refusal = message.load(operation.address);
        if (refusal != 0) {
            return refusal;
        }
        if (message.total() > LONGEST) {
            return -LinuxErrno.EMSGSIZE;
        }
        ByteBuffer window;
        if (message.vectors() == 1 && message.length(0) > 0) {
            window = message.window(0, 0);
        } else {
            message.gather(whole.clear());
            window = whole.flip();
        }
        return sendTo(socket, window, message.name(), message.nameLength());
    }

    private int sendTo(SocketHandle socket, ByteBuffer window, long name, int nameLength) throws IOException {
        SocketAddress to = null;
        if (nameLength > 0) {
            Regions.Region region = regions.find(name, nameLength);
            if (region == null) {
                return -LinuxErrno.EFAULT;
            }
            try {
                to = destinations.decode(region.memory, Regions.offset(name), nameLength);
            } catch (SocketAddresses.MalformedException malformed) {
                return malformed.result();
            }
        } else if (!socket.datagram.isConnected()) {
            return -LinuxErrno.EDESTADDRREQ;
        }
        int length = window.remaining();
        counters.systemCalls++;
        int bytes = to == null ? socket.datagram.write(window) : socket.datagram.send(window, to);
        // NIO says 0 both for an empty datagram that went and for one that could not go.
        if (bytes == 0 && length > 0) {
            socket.writable = false;
            return SocketEngine.WOULD_BLOCK;
        }
        counters.bytesOut += bytes;
        return bytes;
    }
}
