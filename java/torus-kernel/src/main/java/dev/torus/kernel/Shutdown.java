package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;

/** Which direction of a connection ends, see shutdown(2). */
public enum Shutdown {
    /** No more receives. */
    READ(RingAbi.SHUT_RD),
    /** No more sends; the peer sees the end of the stream after all data. */
    WRITE(RingAbi.SHUT_WR),
    /** Both directions. */
    BOTH(RingAbi.SHUT_RDWR);

    final int code;

    Shutdown(int code) {
        this.code = code;
    }
}
