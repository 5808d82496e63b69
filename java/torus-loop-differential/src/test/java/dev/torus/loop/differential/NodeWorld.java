package dev.torus.loop.differential;

import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.loop.EventLoop;
import dev.torus.loop.FileStatus;
import dev.torus.loop.Immediate;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.LoopPromise;
import dev.torus.loop.OpenFile;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import dev.torus.loop.Timeout;
import dev.torus.loop.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;

/**
 * A JavaScript program on the loop: what {@code prelude.js} makes Node's functions of.
 *
 * <p>Promise jobs are GraalJS's own. It would run them whenever a call from Java ends; as all runs inside of one outer call,
 * it does not, and a microtask of the loop runs them: a checkpoint, queued before each callback.
 */
public final class NodeWorld {
    private static final Engine ENGINE = Engine.newBuilder("js")
            .allowExperimentalOptions(true)
            .option("engine.WarnInterpreterOnly", "false")
            .build();

    private static final Source PRELUDE = prelude();

    /** How programs speak to a virtual clock. */
    private static final int REQUESTS = 0x100000;

    private static final int GRACE = 0x200000;
    private static final int ARGUMENT = 0xfffff;

    private final EventLoop loop;
    /** Null when time is real. */
    private final VirtualTime time;

    private final Path folder;
    private final Value runJobs;
    private final List<String> lines = new ArrayList<>();
    private boolean checkpointQueued;
    private boolean inJobs;
    /** The program has ended inside of a promise job: GraalJS runs the other jobs all the same. */
    private boolean ended;

    /**
     * What a program printed, and how it ended.
     *
     * @param open whether the rules leave something of it open
     */
    public record Output(List<String> lines, int exitCode, boolean open) {
        Output(List<String> lines, int exitCode) {
            this(lines, exitCode, false);
        }

        @Override
        public String toString() {
            return String.join("\n", lines) + "\nexit code " + exitCode;
        }
    }

    private NodeWorld(EventLoop loop, VirtualTime time, Path folder, Value runJobs) {
        this.loop = loop;
        this.time = time;
        this.folder = folder;
        this.runJobs = runJobs;
    }

    private static Source prelude() {
        try (InputStream text = NodeWorld.class.getResourceAsStream("prelude.js")) {
            return Source.newBuilder("js", new String(text.readAllBytes(), StandardCharsets.UTF_8), "prelude.js")
                    .build();
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Files are on the pool, as in Node. */
    private static KernelOptions options(String backend) {
        return KernelOptions.builder().backend(backend).filesOnPool(true).build();
    }

    /** Runs a program on the loop; relative paths are below a folder. */
    public static Output run(String program, Path folder, String backend) throws Exception {
        return run(program, folder, options(backend));
    }

    /** The same where files go as the options say. */
    static Output run(String program, Path folder, KernelOptions options) throws Exception {
        EventLoop loop = EventLoop.create(LoopOptions.builder().kernel(options).build());
        return run(program, folder, loop, null);
    }

    /** The same in virtual time. */
    static Output runInVirtualTime(String program, Path folder, KernelOptions options) throws Exception {
        VirtualTime time = VirtualTime.open(options);
        return run(program, folder, time.loop(), time);
    }

    private static Output run(String program, Path folder, EventLoop opened, VirtualTime time) throws Exception {
        try (EventLoop loop = opened;
                Context context = Context.newBuilder("js")
                        .engine(ENGINE)
                        .allowHostAccess(HostAccess.ALL)
                        .allowExperimentalOptions(true)
                        .option("js.testV8-mode", "true")
                        .build()) {
            Value runJobs = context.eval("js", "TestV8.runMicrotasks");
            NodeWorld world = new NodeWorld(loop, time, folder, runJobs);
            Output[] output = new Output[1];
            ProxyExecutable body = ignored -> {
                context.eval(PRELUDE).execute(world);
                int exitCode =
                        loop.run(world.runnable(() -> context.eval("js", "(function () {" + program + "\n})()")));
                // what GraalJS runs when the outer call ends is not the loop's any more
                output[0] = new Output(List.copyOf(world.lines), exitCode, time != null && time.hadOverdueTimer());
                return null;
            };
            context.eval("js", "(body) => body()").execute(body);
            return output[0];
        }
    }

    // ---- callbacks

    /** Also called by the prelude: promise jobs run in the microtask phase of the drain that follows. */
    public void checkpointSoon() {
        if (!checkpointQueued) {
            checkpointQueued = true;
            loop.queueMicrotask(() -> {
                checkpointQueued = false;
                inJobs = true;
                runJobs.executeVoid();
                inJobs = false;
            });
        }
    }

    private Runnable runnable(Runnable body) {
        return () -> {
            checkpointSoon();
            try {
                body.run();
            } catch (PolyglotException e) {
                if (e.isHostException() && e.asHostException() instanceof RuntimeException own) {
                    throw own;
                }
                throw e;
            }
        };
    }

    private Runnable runnable(Value callback) {
        return runnable(() -> callback.executeVoid());
    }

    /** What a program sees of a failure. */
    public record Failure(String code, String message) {
        static Failure of(Throwable reason) {
            return reason instanceof TorusIoException io
                    ? new Failure(io.errno().name(), io.getMessage())
                    : new Failure("UNKNOWN", reason.toString());
        }
    }

    private <T> void settle(LoopPromise<T> promise, Value callback, Function<T, Object> value) {
        promise.onSettled((result, reason) -> runnable(() -> callback.executeVoid(
                        reason == null ? null : Failure.of(reason), reason == null ? value.apply(result) : null))
                .run());
    }

    // ---- timers, ticks, life

    public void log(String line) {
        if (!ended) {
            lines.add(line);
        }
    }

    /** See {@code virtual_clock.c}. */
    public void umask(int mask) {
        if (time == null) {
            throw new IllegalStateException("the clock is the real one");
        }
        if ((mask & GRACE) != 0) {
            time.grace(mask & ARGUMENT);
        } else if ((mask & REQUESTS) == 0) {
            time.spend(mask & ARGUMENT);
        }
    }

    /** What a microtask throws, which must not end the checkpoint. */
    public void guarded(Value callback) {
        try {
            VirtualTime.guarded(loop, () -> callback.executeVoid());
        } catch (RuntimeException left) {
            ended = inJobs;
            throw left;
        }
    }

    public Timeout setTimeout(double millis, Value callback) {
        return loop.setTimeout(millis, runnable(callback));
    }

    public Timeout setInterval(double millis, Value callback) {
        return loop.setInterval(millis, runnable(callback));
    }

    public void clearTimer(Timeout timer) {
        loop.clearTimeout(timer);
    }

    public void clearTimerById(double id) {
        loop.clearTimeout((long) id);
    }

    public Immediate setImmediate(Value callback) {
        return loop.setImmediate(runnable(callback));
    }

    public void clearImmediate(Immediate immediate) {
        loop.clearImmediate(immediate);
    }

    public void nextTick(Value callback) {
        loop.nextTick(runnable(callback));
    }

    public void exit(int code) {
        try {
            loop.exit(code);
        } finally {
            ended = inJobs;
        }
    }

    public void onUncaughtException(Value listener) {
        loop.onUncaughtException(e -> {
            Object error = e instanceof PolyglotException guest && guest.getGuestObject() != null
                    ? guest.getGuestObject()
                    : e.toString();
            runnable(() -> listener.executeVoid(error)).run();
        });
    }

    public void onBeforeExit(Value listener) {
        loop.onBeforeExit(runnable(listener));
    }

    public void onExit(Value listener) {
        loop.onExit(code -> runnable(() -> listener.executeVoid(code)).run());
    }

    // ---- fs, crypto

    private Path path(String name) {
        return folder.resolve(name);
    }

    public void readFile(String name, Value callback) {
        settle(loop.fs().readFile(path(name)), callback, text -> text);
    }

    public void writeFile(String name, String text, Value callback) {
        settle(loop.fs().writeFile(path(name), text), callback, done -> null);
    }

    public void appendFile(String name, String text, Value callback) {
        settle(loop.fs().appendFile(path(name), text), callback, done -> null);
    }

    public void stat(String name, Value callback) {
        LoopPromise<FileStatus> status = loop.fs().stat(path(name));
        settle(status, callback, found -> found);
    }

    public void unlink(String name, Value callback) {
        settle(loop.fs().unlink(path(name)), callback, done -> null);
    }

    public void mkdir(String name, Value callback) {
        settle(loop.fs().mkdir(path(name)), callback, done -> null);
    }

    public void rmdir(String name, Value callback) {
        settle(loop.fs().rmdir(path(name)), callback, done -> null);
    }

    public void rename(String from, String to, Value callback) {
        settle(loop.fs().rename(path(from), path(to)), callback, done -> null);
    }

    public void readdir(String name, Value callback) {
        settle(loop.fs().readdir(path(name)), callback, names -> names);
    }

    public void open(String name, String flags, Value callback) {
        settle(loop.fs().open(path(name), openFlags(flags), 0666), callback, file -> file);
    }

    private static int openFlags(String flags) {
        int access = flags.contains("+")
                ? BlockingFiles.O_RDWR
                : flags.startsWith("r") ? BlockingFiles.O_RDONLY : BlockingFiles.O_WRONLY;
        int kind = switch (flags.charAt(0)) {
            case 'r' -> 0;
            case 'w' -> BlockingFiles.O_CREAT | BlockingFiles.O_TRUNC;
            case 'a' -> BlockingFiles.O_CREAT | BlockingFiles.O_APPEND;
            default -> throw new IllegalArgumentException("flags " + flags);
        };
        return access | kind | (flags.contains("x") ? BlockingFiles.O_EXCL : 0);
    }

    public void read(OpenFile file, int length, double position, Value callback) {
        ByteBuffer into = ByteBuffer.allocate(length);
        settle(
                file.read(into, (long) position),
                callback,
                count -> new String(into.array(), 0, count, StandardCharsets.ISO_8859_1));
    }

    public void writeAt(OpenFile file, String text, double position, Value callback) {
        ByteBuffer from = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        settle(file.write(from, (long) position), callback, count -> count);
    }

    public void close(OpenFile file, Value callback) {
        settle(file.close(), callback, done -> null);
    }

    public void fstat(OpenFile file, Value callback) {
        settle(file.stat(), callback, found -> found);
    }

    public void ftruncate(OpenFile file, double length, Value callback) {
        settle(file.truncate((long) length), callback, done -> null);
    }

    public void pbkdf2(String password, String salt, int iterations, int length, String digest, Value callback) {
        settle(
                loop.crypto()
                        .pbkdf2(
                                password.toCharArray(),
                                salt.getBytes(StandardCharsets.UTF_8),
                                iterations,
                                length,
                                digest),
                callback,
                key -> key.length);
    }

    // ---- net

    public Server createServer(boolean allowHalfOpen, Value onConnection) {
        return loop.net()
                .createServer(socket ->
                        runnable(() -> onConnection.executeVoid(socket)).run())
                .allowHalfOpen(allowHalfOpen);
    }

    public void listen(Server server, int port) {
        server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    public void onListening(Server server, Value callback) {
        server.onListening(runnable(callback));
    }

    public void onServerClose(Server server, Value callback) {
        server.onClose(runnable(callback));
    }

    public void onServerError(Server server, Value callback) {
        server.onError(e -> runnable(() -> callback.executeVoid(Failure.of(e))).run());
    }

    public Socket connect(int port, boolean allowHalfOpen) {
        return loop.net()
                .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .allowHalfOpen(allowHalfOpen);
    }

    public void onConnect(Socket socket, Value callback) {
        socket.onConnect(runnable(callback));
    }

    public void onData(Socket socket, Value callback) {
        socket.onData(bytes -> {
            String text = StandardCharsets.UTF_8.decode(bytes).toString();
            runnable(() -> callback.executeVoid(text)).run();
        });
    }

    public void onEnd(Socket socket, Value callback) {
        socket.onEnd(runnable(callback));
    }

    public void onClose(Socket socket, Value callback) {
        socket.onClose(runnable(callback));
    }

    public void onDrain(Socket socket, Value callback) {
        socket.onDrain(runnable(callback));
    }

    public void onError(Socket socket, Value callback) {
        socket.onError(e -> runnable(() -> callback.executeVoid(Failure.of(e))).run());
    }

    public boolean write(Socket socket, String text, Value onWritten) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        if (onWritten.isNull()) {
            return socket.write(bytes);
        }
        return socket.write(
                bytes,
                reason -> runnable(() -> onWritten.executeVoid(reason == null ? null : Failure.of(reason)))
                        .run());
    }
}
