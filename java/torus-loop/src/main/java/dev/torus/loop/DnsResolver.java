package dev.torus.loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Asks given name servers, on the loop itself: no worker waits, any number of questions can be under way, and cancelling a promise ends
 * its question at once. The servers are asked in turn, by UDP, and by TCP where an answer does not fit (RFC 1035, RFC 7766). The hosts
 * file and search lists of the system are not looked at; {@link Dns#lookup} does that. Needs the library dnsjava (dnsjava:dnsjava), an
 * optional dependency, for the format of messages. Loop thread only.
 */
public final class DnsResolver {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
    private static final int DEFAULT_ATTEMPTS = 2;

    private final EventLoop loop;
    private final List<InetSocketAddress> servers;
    /** Numbers of questions must not be guessed. */
    private final SecureRandom random = new SecureRandom();

    private Duration timeout = DEFAULT_TIMEOUT;
    private int attempts = DEFAULT_ATTEMPTS;

    DnsResolver(EventLoop loop, List<InetSocketAddress> servers) {
        this.loop = loop;
        this.servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no name server");
        }
        for (InetSocketAddress server : servers) {
            if (server.isUnresolved()) {
                throw new IllegalArgumentException("name server " + server + " is no address");
            }
        }
    }

    /** How long to wait for one server's answer, two seconds unless set. */
    public DnsResolver timeout(Duration perTry) {
        timeout = Deadlines.check(perTry);
        return this;
    }

    /**
     * How often each server is asked, twice unless set.
     *
     * @throws IllegalArgumentException for less than 1
     */
    public DnsResolver attempts(int perServer) {
        if (perServer < 1) {
            throw new IllegalArgumentException("attempts " + perServer);
        }
        attempts = perServer;
        return this;
    }

    /**
     * The records of a name, at least one; aliases are followed as far as the server does.
     *
     * @return broken with {@link DnsException}, or {@link dev.torus.kernel.OperationTimedOutException} if no server answers
     * @throws IllegalArgumentException for what is no domain name
     */
    public LoopPromise<List<DnsRecord>> resolve(String name, DnsRecordType type) {
        loop.checkThread();
        Objects.requireNonNull(type, "type");
        LoopPromise<List<DnsRecord>> promise = loop.newPromise();
        new DnsQuery(this, loop, new DnsWire(name, type), name + " " + type, promise).start();
        return promise;
    }

    /** The names of an address (PTR), at least one. */
    public LoopPromise<List<String>> reverse(InetAddress address) {
        LoopPromise<List<DnsRecord>> records = resolve(DnsWire.reverseName(address), DnsRecordType.PTR);
        LoopPromise<List<String>> names = records.thenApply(found -> found.stream()
                .map(record -> ((DnsRecord.Pointer) record).name())
                .toList());
        names.named("reverse", address.getHostAddress()).onCancel(() -> records.cancel(false));
        return names;
    }

    int tries() {
        return attempts * servers.size();
    }

    InetSocketAddress server(int attempt) {
        return servers.get(attempt % servers.size());
    }

    Duration timeout() {
        return timeout;
    }

    int newId() {
        return random.nextInt(1 << Short.SIZE);
    }
}
