package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;

/** Type of a socket. */
public enum SocketType {
    /** Connected byte stream: TCP, or a Unix domain stream. */
    STREAM(RingAbi.SOCK_STREAM),
    /** Datagrams: UDP, or Unix domain datagrams. */
    DATAGRAM(RingAbi.SOCK_DGRAM);

    final int code;

    SocketType(int code) {
        this.code = code;
    }
}
