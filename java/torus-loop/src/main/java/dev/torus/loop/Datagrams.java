package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.IoKernel;

/** UDP. */
public final class Datagrams {
    private final EventLoop loop;
    private final KernelPoller poller;
    private final TransferBuffers buffers;

    Datagrams(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
        this.buffers = new TransferBuffers(poller::kernel);
    }

    /** A socket for IPv4. It receives once it is bound. */
    public UdpSocket createSocket() {
        return createSocket(AddressFamily.INET);
    }

    /**
     * A socket for IPv4, or for IPv6 and, by mapped addresses, IPv4.
     *
     * @throws IllegalArgumentException for Unix domain datagrams
     */
    public UdpSocket createSocket(AddressFamily family) {
        loop.checkThread();
        if (family == AddressFamily.UNIX) {
            throw new IllegalArgumentException("UDP has no Unix domain addresses");
        }
        return new UdpSocket(loop, this, family);
    }

    IoKernel kernel() {
        return poller.kernel();
    }

    KernelPoller poller() {
        return poller;
    }

    TransferBuffers buffers() {
        return buffers;
    }
}
