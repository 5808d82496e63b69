package dev.torus.loop;

import java.net.InetAddress;
import java.util.List;

/** A record of the domain name system, by its kind. Names have no dot at the end. */
public sealed interface DnsRecord {
    /** How long it may be kept, in seconds. */
    long ttlSeconds();

    /** A and AAAA. */
    record Address(InetAddress address, long ttlSeconds) implements DnsRecord {}

    /** CNAME, NS and PTR. */
    record Pointer(String name, long ttlSeconds) implements DnsRecord {}

    /** MX; the server with the lowest preference is to be tried first. */
    record MailExchange(int preference, String exchange, long ttlSeconds) implements DnsRecord {}

    /** TXT; several strings of up to 255 bytes belong together. */
    record Text(List<String> strings, long ttlSeconds) implements DnsRecord {}

    /** SRV; servers of the lowest priority first, among them in proportion to their weights. */
    record Service(int priority, int weight, int port, String target, long ttlSeconds) implements DnsRecord {}
}
