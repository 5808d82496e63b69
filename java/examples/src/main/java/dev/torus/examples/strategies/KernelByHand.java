package dev.torus.examples.strategies;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.Completions;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.SocketType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A loop written by hand on the kernel: no promise, no callback object, no other thread. A token says which connection
 * and which of its steps has ended; the hash is computed on the loop's thread.
 */
final class KernelByHand implements Service {
    private static final int BACKLOG = 4096;
    private static final long ACCEPT = -1;

    private final IoKernel kernel;
    private final int port;
    private final Thread thread;

    private KernelByHand(Path file) throws IOException {
        CompletableFuture<IoKernel> opened = new CompletableFuture<>();
        CompletableFuture<Integer> listening = new CompletableFuture<>();
        thread = new Thread(() -> run(file, opened, listening), "kernel");
        thread.start();
        try {
            kernel = opened.join();
            port = listening.join();
        } catch (CompletionException e) {
            throw new IOException("the kernel does not start", e.getCause());
        }
    }

    static Service start(Path file) throws IOException {
        return new KernelByHand(file);
    }

    private static void run(Path file, CompletableFuture<IoKernel> opened, CompletableFuture<Integer> listening) {
        try (IoKernel kernel = IoKernel.open()) {
            opened.complete(kernel);
            new Loop(kernel, file, listening).run();
        } catch (IOException e) {
            opened.completeExceptionally(e);
            listening.completeExceptionally(e);
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void close() {
        kernel.shutdown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the kernel's thread knows. */
    private static final class Loop {
        private final IoKernel kernel;
        private final Path file;
        private final long listener;
        private final List<KernelConnection> connections = new ArrayList<>();
        private final List<KernelConnection> free = new ArrayList<>();

        Loop(IoKernel kernel, Path file, CompletableFuture<Integer> listening) throws IOException {
            this.kernel = kernel;
            this.file = file;
            listener = kernel.socket(AddressFamily.INET, SocketType.STREAM);
            kernel.bind(listener, new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            kernel.listen(listener, BACKLOG);
            listening.complete(((InetSocketAddress) kernel.localAddress(listener)).getPort());
            kernel.acceptMultishot(listener, ACCEPT);
        }

        void run() {
            while (!kernel.isShutdown()) {
                kernel.enter(-1);
                kernel.drain(this::completed);
            }
        }

        private void completed(long token, long result, int flags) {
            if (token == ACCEPT) {
                accepted(result, flags);
                return;
            }
            KernelConnection connection = connections.get((int) (token >> KernelConnection.STEP_BITS));
            connection.completed((int) token & KernelConnection.STEP_MASK, result);
        }

        private void accepted(long result, int flags) {
            if (result >= 0) {
                try {
                    kernel.setOption(result, StandardSocketOptions.TCP_NODELAY, true);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                if (free.isEmpty()) {
                    KernelConnection made = new KernelConnection(kernel, file, connections.size(), free::add);
                    connections.add(made);
                    free.add(made);
                }
                free.remove(free.size() - 1).begin(result);
            }
            if (!Completions.more(flags) && !kernel.isShutdown()) {
                kernel.acceptMultishot(listener, ACCEPT);
            }
        }
    }
}
