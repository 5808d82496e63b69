package dev.torus.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Echo with a virtual thread per connection (JDK 21 and later) and blocking sockets, as Loom means it to be written. */
public final class BlockingEcho {
    private static final int BUFFER_BYTES = 16 * 1024;

    private BlockingEcho() {}

    public static void main(String[] arguments) throws Throwable {
        Options options = Options.parse(arguments);
        // by name: the peers are compiled for Java 17
        Executor executor = (Executor) MethodHandles.publicLookup()
                .findStatic(
                        Executors.class,
                        "newVirtualThreadPerTaskExecutor",
                        MethodType.methodType(java.util.concurrent.ExecutorService.class))
                .invoke();
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(options.address(), 4096);
            options.announce(server.getLocalPort(), "virtual-threads");
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                executor.execute(() -> echo(socket));
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            InputStream input = socket.getInputStream();
            OutputStream output = socket.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = input.read(buffer); count > 0; count = input.read(buffer)) {
                output.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // the peer has gone
        }
    }
}
