package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * The program that shows how a Node-like runtime works: file reads and a key derivation on the pool, timers, and an HTTP GET, all at
 * once and on one thread. Prints every event with the thread it runs on and its time, and ends by itself.
 *
 * <p>{@code SeedProgram [--backend NAME]}
 */
public final class SeedProgram {
    private static final int ANSWER_AFTER_MILLIS = 2000;

    private final EventLoop loop;
    private final Path file;
    private final Consumer<String> out;
    private final long start = System.nanoTime();
    private final List<String> events = new ArrayList<>();

    private SeedProgram(EventLoop loop, Path file, Consumer<String> out) {
        this.loop = loop;
        this.file = file;
        this.out = out;
    }

    /** Runs it on a backend (null: the best) and returns the names of the events in the order they came. */
    public static List<String> run(String backend, Path file, Consumer<String> out) throws Exception {
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().backend(backend).build())) {
            SeedProgram program = new SeedProgram(loop, file, out);
            out.accept("backend " + loop.kernel().backendName());
            int code = loop.run(program::main);
            program.event("nothing is alive any more, exit code " + code);
            return program.events;
        }
    }

    private void main() {
        event("main program begins");
        loop.setTimeout(0, () -> event("first timer of 0 ms"));
        loop.setTimeout(0, () -> event("second timer of 0 ms"));
        loop.fs().readFile(file).thenAccept(this::firstRead);
        loop.fs().readFile(file).thenAccept(text -> detail("second read: " + text.length() + " characters"));
        loop.setTimeout(3000, () -> {
            event("timer of 3000 ms");
            loop.setTimeout(500, () -> event("timer of 500 ms, set by that of 3000 ms"));
        });
        loop.setTimeout(1000, () -> event("timer of 1000 ms"));
        get();
        event("main program ends");
    }

    private void firstRead(String text) {
        event("first read: " + text.length() + " characters");
        loop.fs().readFile(file).thenAccept(again -> {
            event("third read, begun by the first: " + again.length());
            derive(text);
        });
    }

    /** Little enough work to be over before the timer of 1000 ms on a busy machine, too. */
    private void derive(String text) {
        loop.crypto()
                .pbkdf2(text.toCharArray(), "torus".getBytes(StandardCharsets.UTF_8), 10_000, 32, "SHA256")
                .thenAccept(key -> event("key derived from the text: "
                        + HexFormat.of().formatHex(key).substring(0, 16) + "…"));
    }

    /** A server that answers late, and the client that asks it: a few lines of HTTP over sockets. */
    private void get() {
        Server server = loop.net().createServer(this::answerLate);
        server.listen(0);
        Socket socket = loop.net().connect(server.port());
        StringBuilder answer = new StringBuilder();
        socket.onConnect(() -> socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        socket.onData(data -> answer.append(StandardCharsets.UTF_8.decode(data)));
        socket.onEnd(() -> event("HTTP answer: " + answer.substring(answer.indexOf("\r\n\r\n") + 4)));
        socket.onClose(server::close);
    }

    private void answerLate(Socket peer) {
        peer.onData(request -> loop.setTimeout(
                ANSWER_AFTER_MILLIS,
                () -> peer.end("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, World!")));
    }

    private void event(String name) {
        events.add(name);
        print(name);
    }

    /** An event whose place in the order is the pool's business. */
    private void detail(String name) {
        print(name);
    }

    private void print(String name) {
        long millis = (System.nanoTime() - start) / 1_000_000;
        out.accept(
                String.format("%5d ms  %-12s %s", millis, Thread.currentThread().getName(), name));
    }

    /** Reads the text of this folder's README, or the file that is named. */
    public static void main(String[] args) throws Exception {
        String backend = null;
        Path file = null;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--backend") && i + 1 < args.length) {
                backend = args[++i];
            } else {
                file = Path.of(args[i]);
            }
        }
        if (file == null) {
            file = java.nio.file.Files.createTempFile("seed", ".txt");
            java.nio.file.Files.writeString(file, "A torus is a ring turned round a ring.\n".repeat(50));
            file.toFile().deleteOnExit();
        }
        run(backend, file, System.out::println);
    }
}
