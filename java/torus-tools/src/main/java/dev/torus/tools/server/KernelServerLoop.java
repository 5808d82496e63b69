package dev.torus.tools.server;

import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** A server straight on a kernel. */
final class KernelServerLoop implements ServerLoop {
    private final IoKernel kernel;
    private final TcpServer server;

    KernelServerLoop(KernelOptions options, java.util.function.Function<IoKernel, TcpServer> maker) throws IOException {
        this.kernel = IoKernel.open(options);
        this.server = maker.apply(kernel);
    }

    @Override
    public IoKernel kernel() {
        return kernel;
    }

    @Override
    public void serve(InetSocketAddress address, boolean shared, CompletableFuture<InetSocketAddress> listening)
            throws IOException {
        listening.complete(server.listen(address, shared));
        server.run();
    }

    @Override
    public void end() {
        kernel.shutdown();
    }

    @Override
    public long connections() {
        return server.connections();
    }

    @Override
    public long messages() {
        return server.messages();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
