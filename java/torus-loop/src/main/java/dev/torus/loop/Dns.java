package dev.torus.loop;

import dev.torus.kernel.WorkerLane;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Name lookups: by the system's resolver, on the slow lane of the pool, so that they cannot starve files, or by name servers of one's
 * choice, on the loop. Cancelling a lookup ends it if no worker has begun it; one that has is not waited for.
 */
public final class Dns {
    private final EventLoop loop;
    private final Requests requests;

    Dns(EventLoop loop, Requests requests) {
        this.loop = loop;
        this.requests = requests;
    }

    /** All addresses of a host, in the resolver's order; UnknownHostException if there are none. */
    public LoopPromise<List<InetAddress>> lookup(String host) {
        return requests.blocking("lookup", host, () -> List.of(InetAddress.getAllByName(host)), WorkerLane.SLOW);
    }

    /** The name of an address by the system's resolver; UnknownHostException if it has none. */
    public LoopPromise<String> reverse(InetAddress address) {
        String text = address.getHostAddress();
        return requests.blocking(
                "reverse",
                text,
                () -> {
                    // a copy, which does not know the name that the address was made with
                    String name = InetAddress.getByAddress(address.getAddress()).getHostName();
                    if (name.equals(text)) {
                        throw new UnknownHostException(text + " has no name");
                    }
                    return name;
                },
                WorkerLane.SLOW);
    }

    /**
     * A resolver that asks name servers of one's choice, in this order.
     *
     * @param servers their addresses; the port is mostly 53
     * @throws IllegalStateException if the library dnsjava is not there
     */
    public DnsResolver resolver(InetSocketAddress... servers) {
        loop.checkThread();
        try {
            DnsWire.reverseName(InetAddress.getLoopbackAddress());
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "questions to name servers need dnsjava:dnsjava, which is not on the class or module path", e);
        }
        return new DnsResolver(loop, List.of(servers));
    }
}
