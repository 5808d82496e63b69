package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;

/** Family of a socket. */
public enum AddressFamily {
    /** IPv4. */
    INET(RingAbi.AF_INET),
    /** IPv6. */
    INET6(RingAbi.AF_INET6),
    /** Unix domain: addresses are paths ({@link java.net.UnixDomainSocketAddress}). */
    UNIX(RingAbi.AF_UNIX);

    final int code;

    AddressFamily(int code) {
        this.code = code;
    }
}
