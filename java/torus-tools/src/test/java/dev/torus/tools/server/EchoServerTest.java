package dev.torus.tools.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class EchoServerTest {
    private static ServerGroup start(String backend, int threads, int buffers, int bufferBytes) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return ServerGroup.start(
                new ServerOptions(backend, any, threads, buffers, bufferBytes),
                (kernel, options) -> new EchoServer(kernel, options.buffers(), options.bufferBytes()));
    }

    private static Socket connect(ServerGroup server) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        socket.connect(server.address());
        return socket;
    }

    private static byte[] random(int bytes, long seed) {
        byte[] data = new byte[bytes];
        new Random(seed).nextBytes(data);
        return data;
    }

    /** Sends from one thread while this one reads all of it back. */
    private static void echo(Socket socket, byte[] data) throws Exception {
        Thread sender = new Thread(() -> {
            try {
                socket.getOutputStream().write(data);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        sender.start();
        byte[] back = socket.getInputStream().readAllBytes();
        sender.join();
        assertThat(back).isEqualTo(data);
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void givesBackMuchDataInOrder(String backend) throws Exception {
        try (ServerGroup server = start(backend, 1, 64, 4096);
                Socket socket = connect(server)) {
            echo(socket, random(16 << 20, 1));
            ServerStats stats = server.stats();
            assertThat(stats.bytesIn()).isEqualTo(16 << 20);
            assertThat(stats.bytesOut()).isEqualTo(16 << 20);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void losesNothingWhenBuffersRunOut(String backend) throws Exception {
        try (ServerGroup server = start(backend, 1, 2, 64)) {
            ExecutorService clients = Executors.newCachedThreadPool();
            try {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    int seed = i;
                    all.add(clients.submit(() -> {
                        try (Socket socket = connect(server)) {
                            echo(socket, random(30_000, seed));
                        }
                        return null;
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            } finally {
                clients.shutdownNow();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void aPeerThatDoesNotReadDoesNotHoldUpTheOthers(String backend) throws Exception {
        try (ServerGroup server = start(backend, 1, 64, 1024);
                Socket lazy = connect(server)) {
            lazy.setSendBufferSize(16 << 10);
            byte[] data = random(32 << 20, 2);
            Thread sender = new Thread(() -> {
                try {
                    lazy.getOutputStream().write(data);
                    lazy.shutdownOutput();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            long before;
            do {
                // until the server has stopped reading from it: its answers do not move any more
                before = server.stats().bytesIn();
                try (Socket other = connect(server)) {
                    echo(other, random(100_000, 3));
                }
            } while (server.stats().bytesIn() > before + 100_000);
            assertThat(sender.isAlive()).as("the lazy peer is held up").isTrue();
            assertThat(lazy.getInputStream().readNBytes(data.length)).isEqualTo(data);
            sender.join();
        }
    }

    /** They are streams, each holds a large buffer for ever, and there are more of them than large buffers. */
    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void manyStreamsThatAreNotReadDoNotHoldUpTheOthers(String backend) throws Exception {
        ExecutorService senders = Executors.newCachedThreadPool();
        List<Socket> lazy = new ArrayList<>();
        try (ServerGroup server = start(backend, 1, 2048, 4096)) {
            byte[] data = random(32 << 20, 5);
            List<Future<?>> sending = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Socket socket = new Socket();
                socket.setReceiveBufferSize(16 << 10);
                lazy.add(socket);
                socket.connect(server.address());
                sending.add(senders.submit(() -> {
                    socket.getOutputStream().write(data);
                    return null;
                }));
            }
            int another = 2 << 20;
            long before;
            do {
                // until the server has stopped reading from all of them
                before = server.stats().bytesIn();
                try (Socket other = connect(server)) {
                    echo(other, random(another, 3));
                }
            } while (server.stats().bytesIn() > before + another);
            assertThat(sending).as("held up").noneMatch(Future::isDone);
        } finally {
            for (Socket socket : lazy) {
                socket.close();
            }
            senders.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void survivesConnectionsThatAreReset(String backend) throws Exception {
        try (ServerGroup server = start(backend, 1, 64, 1024)) {
            for (int i = 0; i < 50; i++) {
                try (Socket socket = connect(server)) {
                    socket.setSoLinger(true, 0);
                    socket.getOutputStream().write(random(10_000, i));
                }
            }
            try (Socket socket = connect(server)) {
                echo(socket, random(1 << 20, 4));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void servesManyConnectionsOverSeveralLoops(String backend) throws Exception {
        try (ServerGroup server = start(backend, 3, 64, 1024)) {
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 150; i++) {
                    Socket socket = connect(server);
                    sockets.add(socket);
                    socket.getOutputStream().write(random(500, i));
                }
                for (int i = 0; i < sockets.size(); i++) {
                    byte[] back = new byte[500];
                    new DataInputStream(sockets.get(i).getInputStream()).readFully(back);
                    assertThat(back).isEqualTo(random(500, i));
                }
                assertThat(server.stats().connections()).isEqualTo(150);
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }
}
