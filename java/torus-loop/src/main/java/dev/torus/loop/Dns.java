package dev.torus.loop;

import dev.torus.kernel.WorkerLane;
import java.net.InetAddress;
import java.util.List;

/** Name lookups by the system's resolver, on the slow lane of the pool, so that they cannot starve files. */
public final class Dns {
    private final Requests requests;

    Dns(Requests requests) {
        this.requests = requests;
    }

    /** All addresses of a host, in the resolver's order; UnknownHostException if there are none. */
    public LoopPromise<List<InetAddress>> lookup(String host) {
        return requests.blocking("lookup", host, () -> List.of(InetAddress.getAllByName(host)), WorkerLane.SLOW);
    }
}
