package dev.torus.tools.server;

import dev.torus.http.Http;
import dev.torus.http.HttpLimits;
import dev.torus.http.HttpRequest;
import dev.torus.http.HttpResponse;
import dev.torus.http.HttpServer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.TlsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** {@code torus http}: torus-http's server on an event loop, which answers {@code /} and {@code /plaintext} with "Hello, World!". */
public final class HttpServerLoop implements ServerLoop {
    /** Largest body that is skipped; a larger one is refused and ends the connection. */
    private static final int MAX_BODY_BYTES = 1 << 20;

    private static final Duration END_PATIENCE = Duration.ofSeconds(2);
    private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

    private final EventLoop loop;
    private final HttpServer server;
    private final ByteBuffer hello = ByteBuffer.wrap(HELLO);

    /** With TLS if there are options for it. */
    HttpServerLoop(ServerOptions options, KernelOptions kernel, TlsOptions tls) throws IOException {
        loop = EventLoop.create(LoopOptions.builder()
                .kernel(kernel)
                .receiveBuffers(options.buffers(), options.bufferBytes())
                .build());
        HttpLimits limits = HttpLimits.builder()
                .maxBodyBytes(MAX_BODY_BYTES)
                .keepAliveTimeout(Duration.ofSeconds(75))
                .build();
        server = tls == null
                ? Http.createServer(loop, limits, this::answer)
                : Http.createServer(loop, limits, tls, this::answer);
        loop.onShutdown(server::close);
    }

    private void answer(HttpRequest request, HttpResponse response) {
        boolean head = request.method().equals("HEAD");
        if (!head && !request.method().equals("GET")) {
            response.status(405).header("Allow", "GET, HEAD").end();
            return;
        }
        String path = request.path();
        if (path.equals("/plaintext") || path.equals("/")) {
            response.header("Server", "torus").header("Content-Type", "text/plain");
            response.end(hello.clear());
        } else {
            response.status(404).end();
        }
    }

    @Override
    public IoKernel kernel() {
        return loop.kernel();
    }

    @Override
    public void serve(InetSocketAddress address, boolean shared, CompletableFuture<InetSocketAddress> listening) {
        loop.run(() -> {
            server.onError(listening::completeExceptionally);
            if (shared) {
                server.reusePort(true);
            }
            server.listen(address);
            if (server.address() instanceof InetSocketAddress bound) {
                listening.complete(bound);
            }
        });
        if (loop.failure() != null) {
            throw new IllegalStateException("the loop has failed", loop.failure());
        }
    }

    @Override
    public void end() {
        try {
            loop.shutdown(END_PATIENCE);
        } catch (RejectedExecutionException e) {
            // it has ended already
        }
    }

    @Override
    public long connections() {
        return server.stats().totalConnections();
    }

    @Override
    public long messages() {
        return server.stats().totalRequests();
    }

    @Override
    public void close() {
        loop.close();
    }
}
