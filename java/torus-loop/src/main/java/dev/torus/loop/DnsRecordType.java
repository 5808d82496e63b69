package dev.torus.loop;

/** Kinds of records that a {@link DnsResolver} can be asked for (RFC 1035, 2782, 3596). */
public enum DnsRecordType {
    /** IPv4 addresses. */
    A(1),
    /** Name servers. */
    NS(2),
    /** The name that this one stands for. */
    CNAME(5),
    /** The name of an address. */
    PTR(12),
    /** Mail servers. */
    MX(15),
    /** Texts. */
    TXT(16),
    /** IPv6 addresses. */
    AAAA(28),
    /** Servers of a service. */
    SRV(33);

    final int code;

    DnsRecordType(int code) {
        this.code = code;
    }
}
