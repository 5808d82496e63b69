package dev.torus.benchmarks.tracer;

import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.LoopTracer;
import dev.torus.loop.Server;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * CPU time of a loop's thread per message of an echo: with nobody watching, with a tracer, and with the flight recorder, in turns in one VM,
 * so that neighbours and the compiler hit all alike. Ratios are of neighbouring rounds; the interval is that of the median (95 %, by rank).
 */
@Command(
        name = "tracer-cost",
        mixinStandardHelpOptions = true,
        description = "What watching a loop costs per message of an echo.")
public final class TracerCost implements Callable<Integer> {
    @Option(names = "--backend", description = "Default: the best here.")
    private String backend;

    @Option(names = "--connections", defaultValue = "64", description = "Default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--bytes", defaultValue = "64", description = "Default ${DEFAULT-VALUE}.")
    private int bytes;

    @Option(names = "--rounds", defaultValue = "15", description = "Of each; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--millis", defaultValue = "1000", description = "Length of a round; default ${DEFAULT-VALUE}.")
    private int millis;

    @Option(names = "--only-off", description = "Only with nobody watching: to compare builds.")
    private boolean onlyOff;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private EventLoop loop;
    private Server server;
    private Thread thread;
    private EchoClients clients;
    private LoopTracer tracer;

    /** Runs and exits. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TracerCost()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        CompletableFuture<Void> ended = startServer();
        clients = new EchoClients(server.port(), connections, bytes);
        measure();
        clients.close();
        loop.execute(server::close);
        ended.get();
        return 0;
    }

    private CompletableFuture<Void> startServer() throws Exception {
        CompletableFuture<Void> listening = new CompletableFuture<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        thread = new Thread(
                () -> {
                    try (EventLoop created = EventLoop.create(
                            LoopOptions.builder().backend(backend).build())) {
                        loop = created;
                        loop.run(() -> {
                            server = loop.net()
                                    .createServer(socket -> {
                                        socket.onError(failure -> {});
                                        socket.pipe(socket);
                                    })
                                    .listen(0);
                            listening.complete(null);
                        });
                        ended.complete(null);
                    } catch (Exception e) {
                        listening.completeExceptionally(e);
                        ended.completeExceptionally(e);
                    }
                },
                "loop");
        thread.start();
        listening.get();
        return ended;
    }

    private void measure() throws Exception {
        for (int i = 0; i < 3; i++) {
            off();
            if (!onlyOff) {
                traced();
                flight();
            }
        }
        double[] off = new double[rounds];
        double[] traced = new double[rounds];
        double[] flight = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            off[i] = off();
            if (!onlyOff) {
                traced[i] = traced() / off[i];
                off[i] = off();
                flight[i] = flight() / off[i];
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s, %d connections, %d bytes: %.0f ns of the loop's thread per message with nobody watching%n",
                loop.kernel().backendName(),
                connections,
                bytes,
                median(off));
        if (!onlyOff) {
            report("tracer", traced);
            report("flight recorder (default settings)", flight);
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static void report(String what, double[] ratios) {
        double[] sorted = ratios.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int rank = (int) Math.max(0, Math.floor((n - 1.96 * Math.sqrt(n)) / 2));
        System.out.printf(
                Locale.ROOT, "  %s: %.3f (%.3f to %.3f)%n", what, median(sorted), sorted[rank], sorted[n - 1 - rank]);
    }

    private double off() throws IOException {
        return nanosPerMessage();
    }

    private double traced() throws Exception {
        onLoop(() -> tracer = loop.perf().trace());
        double cost = nanosPerMessage();
        onLoop(() -> tracer.stop());
        return cost;
    }

    private double flight() throws Exception {
        try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
            recording.start();
            double cost = nanosPerMessage();
            recording.stop();
            return cost;
        }
    }

    private void onLoop(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            task.run();
            done.complete(null);
        });
        done.join();
    }

    private double nanosPerMessage() throws IOException {
        long before = threads.getThreadCpuTime(thread.getId());
        long messages = clients.run(TimeUnit.MILLISECONDS.toNanos(millis));
        return (double) (threads.getThreadCpuTime(thread.getId()) - before) / messages;
    }
}
