package dev.torus.tools.demo;

import dev.torus.tools.Torus;
import dev.torus.tools.server.ServerStats;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The cost of a TCP echo on each backend: a server process per backend, all warmed up, then measured in turns, so that
 * what else the machine does meets all of them alike.
 */
final class EchoComparison {
    private static final long WARMUP_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);
    private static final long ROUND_WARMUP_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(2000);
    private static final int ROUNDS = 2;

    private final int connections;
    private final int bytes;
    private final PrintStream out;
    private final Progress progress;

    EchoComparison(int connections, int bytes, PrintStream out, Progress progress) {
        this.connections = connections;
        this.bytes = bytes;
        this.out = out;
        this.progress = progress;
    }

    void run(List<String> backends) throws IOException {
        List<Contestant> contestants = new ArrayList<>();
        try {
            for (String backend : backends) {
                progress.say("echo on " + backend + ": starting and warming up");
                Contestant contestant = new Contestant(backend);
                contestants.add(contestant);
                contestant.warmUp();
            }
            for (int round = 1; round <= ROUNDS; round++) {
                for (Contestant contestant : contestants) {
                    progress.say("echo on " + contestant.backend + ": round " + round + " of " + ROUNDS);
                    contestant.round();
                }
            }
        } finally {
            progress.done();
            for (Contestant contestant : contestants) {
                contestant.server.close();
            }
        }
        print(contestants);
    }

    private void print(List<Contestant> contestants) {
        out.printf(
                Locale.ROOT,
                "TCP echo, %d connections, %d bytes, one message on its way on each; per message of the server's loop:%n",
                connections,
                bytes);
        out.printf(
                Locale.ROOT,
                "  %-10s%10s%9s%9s%9s%9s%9s%9s%9s%11s%9s%n",
                "backend",
                "msg/s",
                "p50 us",
                "p99 us",
                "p99.9",
                "cpu us",
                "user us",
                "sys us",
                "JNI",
                "syscalls",
                "B heap");
        for (Contestant contestant : contestants) {
            double count = contestant.messages;
            ServerStats cost = contestant.cost;
            out.printf(
                    Locale.ROOT,
                    "  %-10s%10.0f%9.0f%9.0f%9.0f%9.2f%9.2f%9.2f%9.3f%11.3f%9.2f%n",
                    contestant.backend,
                    count / contestant.seconds,
                    contestant.latency.getValueAtPercentile(50) / 1e3,
                    contestant.latency.getValueAtPercentile(99) / 1e3,
                    contestant.latency.getValueAtPercentile(99.9) / 1e3,
                    cost.cpuNanos() / count / 1e3,
                    cost.userNanos() / count / 1e3,
                    (cost.cpuNanos() - cost.userNanos()) / count / 1e3,
                    cost.crossings() / count,
                    cost.syscalls() / count,
                    cost.allocatedBytes() / count);
        }
    }

    /** One backend's server and what was measured of it. */
    private final class Contestant {
        private final String backend;
        private final JavaProcess server;
        private final InetSocketAddress address;
        private final Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        private ServerStats cost;
        private long messages;
        private double seconds;

        Contestant(String backend) throws IOException {
            this.backend = backend;
            this.server = new JavaProcess(
                    List.of(), Torus.class, List.of("echo", "--backend", backend, "--port", "0", "--control"));
            String ready = server.readLine();
            String expected = "listening 127.0.0.1:";
            int blank = ready.indexOf(' ', expected.length());
            if (!ready.startsWith(expected) || blank < 0) {
                throw new IOException("unexpected answer of the server: " + ready);
            }
            this.address = new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), Integer.parseInt(ready.substring(expected.length(), blank)));
        }

        void warmUp() throws IOException {
            try (EchoLoad load = new EchoLoad(address, connections, bytes)) {
                load.run(WARMUP_NANOS);
            }
        }

        void round() throws IOException {
            try (EchoLoad load = new EchoLoad(address, connections, bytes)) {
                load.run(ROUND_WARMUP_NANOS);
                ServerStats before = stats();
                EchoLoad.Result result = load.run(ROUND_NANOS);
                ServerStats spent = stats().since(before);
                cost = cost == null ? spent : cost.plus(spent);
                messages += result.messages();
                seconds += result.seconds();
                latency.add(result.latencyNanos());
            }
        }

        private ServerStats stats() throws IOException {
            server.writeLine("stats");
            return ServerStats.fromJson(server.readLine());
        }
    }
}
