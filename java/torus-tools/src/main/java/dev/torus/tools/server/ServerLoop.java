package dev.torus.tools.server;

import dev.torus.kernel.IoKernel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** One server of a group on the thread that made it; {@link #end} and the kernel's posting are for other threads too. */
interface ServerLoop extends AutoCloseable {
    /** The kernel that it turns. */
    IoKernel kernel();

    /**
     * Listens and serves until it is told to end.
     *
     * @param shared other servers listen on the same address
     * @param listening told the address, or what is wrong with it, and then nothing is served
     */
    void serve(InetSocketAddress address, boolean shared, CompletableFuture<InetSocketAddress> listening)
            throws IOException;

    /** Ends what {@link #serve} does. */
    void end();

    /** Connections accepted so far. */
    long connections();

    /** Echoed receives, or requests, so far. */
    long messages();

    @Override
    void close();
}
