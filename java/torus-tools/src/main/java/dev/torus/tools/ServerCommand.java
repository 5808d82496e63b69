package dev.torus.tools;

import dev.torus.tools.server.ServerGroup;
import dev.torus.tools.server.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Option;

/** What {@code echo} and {@code http} have in common: options, the ready line, and a clean end on SIGTERM. */
abstract class ServerCommand implements Callable<Integer> {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "io_uring, epoll, kqueue, iocp or nio; the best one here if not given.")
    private String backend;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Address to listen on; default ${DEFAULT-VALUE}.")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port to listen on; 0, the default, takes any free one.")
    private int port;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Loops, each on a thread of its own; default ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--buffers",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Receive buffers of each loop, a power of two; default ${DEFAULT-VALUE}.")
    private int buffers;

    @Option(
            names = "--buffer-bytes",
            paramLabel = "N",
            defaultValue = "4160",
            description = {
                "Size of each; default ${DEFAULT-VALUE}.",
                "A little more than 4096: a message of that size is then a short receive, after which no",
                "other one is tried, and buffers do not all begin at the same place of the processor's cache."
            })
    private int bufferBytes;

    @Option(names = "--stats", hidden = true, description = "Print what the loops did as JSON when it ends.")
    private boolean stats;

    @Option(
            names = "--control",
            hidden = true,
            description = "Read commands from standard input: \"stats\" prints them; its end ends the server.")
    private boolean control;

    private final AtomicBoolean ended = new AtomicBoolean();

    /** Starts the servers of this command. */
    abstract ServerGroup start(ServerOptions options) throws IOException;

    @Override
    public Integer call() throws Exception {
        ServerGroup group = start(options());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(group), "torus-end"));
        InetSocketAddress address = group.address();
        String shown = address.getAddress().getHostAddress();
        System.out.println("listening " + (shown.indexOf(':') < 0 ? shown : "[" + shown + "]") + ":" + address.getPort()
                + " backend=" + group.backendName());
        System.out.flush();
        if (control) {
            obey(group);
            end(group);
        } else {
            group.await();
        }
        return 0;
    }

    private ServerOptions options() throws IOException {
        check("--port", port, 0, 65535);
        check("--threads", threads, 1, 1024);
        check("--buffers", buffers, 1, 32768);
        if (Integer.bitCount(buffers) != 1) {
            throw new IllegalArgumentException("--buffers " + buffers + " is not a power of two");
        }
        check("--buffer-bytes", bufferBytes, 64, 1 << 20);
        InetAddress address = InetAddress.getByName(host);
        return new ServerOptions(backend, new InetSocketAddress(address, port), threads, buffers, bufferBytes);
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }

    private void obey(ServerGroup group) throws IOException, InterruptedException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            if (line.equals("stats")) {
                System.out.println(group.stats().toJson());
                System.out.flush();
            }
        }
    }

    private void end(ServerGroup group) {
        if (ended.getAndSet(true)) {
            return;
        }
        group.close();
        if (stats) {
            try {
                System.out.println(group.stats().toJson());
                System.out.flush();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
