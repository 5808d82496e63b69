package dev.torus.http;

import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopClock;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A server on a loop in a thread of its own, and raw blocking clients for it. */
final class TestServer implements AutoCloseable {
    private final Thread thread;
    private final AtomicLong time;
    private final CountDownLatch listening = new CountDownLatch(1);
    private final CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    private volatile EventLoop loop;
    private volatile HttpServer server;
    private volatile int port;
    private volatile Throwable uncaught;
    volatile int openHandles = -1;
    volatile HttpServer.Stats last;

    TestServer(String backend, BiConsumer<HttpRequest, HttpResponse> handler) throws Exception {
        this(backend, HttpLimits.defaults(), handler);
    }

    TestServer(String backend, HttpLimits limits, BiConsumer<HttpRequest, HttpResponse> handler) throws Exception {
        this(backend, loop -> Http.createServer(loop, limits, handler));
    }

    TestServer(String backend, Function<EventLoop, HttpServer> maker) throws Exception {
        this(backend, LoopClock.system(), null, maker);
    }

    private TestServer(String backend, LoopClock clock, AtomicLong time, Function<EventLoop, HttpServer> maker)
            throws Exception {
        this.time = time;
        thread = new Thread(() -> run(backend, clock, maker), "server");
        thread.start();
        if (!listening.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the server does not listen", outcome.getNow(null));
        }
    }

    /** A server whose time passes only by {@link #pass}. */
    static TestServer withVirtualTime(String backend, HttpLimits limits, BiConsumer<HttpRequest, HttpResponse> handler)
            throws Exception {
        AtomicLong time = new AtomicLong(1);
        return new TestServer(backend, time::get, time, loop -> Http.createServer(loop, limits, handler));
    }

    /** Lets time pass for the loop, in steps between each of which its timers run. */
    void pass(long millis, long stepMillis) throws Exception {
        for (long passed = 0; passed < millis; passed += stepMillis) {
            CompletableFuture<Void> timersRan = new CompletableFuture<>();
            loop.execute(() -> {
                time.addAndGet(stepMillis);
                // the phase of the timers lies between two phases of immediates
                loop.setImmediate(() -> loop.setImmediate(() -> timersRan.complete(null)));
            });
            timersRan.get(30, TimeUnit.SECONDS);
        }
    }

    private void run(String backend, LoopClock clock, Function<EventLoop, HttpServer> maker) {
        try (EventLoop own = Backends.loop(backend, clock)) {
            loop = own;
            own.onUncaughtException(e -> uncaught = e);
            own.run(() -> {
                server = maker.apply(own);
                server.listen(0);
                port = server.port();
                listening.countDown();
            });
            openHandles = own.kernel().stats().openHandles();
            last = server.stats();
            outcome.complete(own.failure());
        } catch (Throwable e) {
            outcome.complete(e);
        }
    }

    int port() {
        return port;
    }

    Throwable uncaught() {
        return uncaught;
    }

    /** Runs something on the loop and waits for its value. */
    <T> T onLoop(Callable<T> work) throws Exception {
        CompletableFuture<T> value = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                value.complete(work.call());
            } catch (Exception e) {
                value.completeExceptionally(e);
            }
        });
        return value.get(30, TimeUnit.SECONDS);
    }

    HttpServer.Stats stats() throws Exception {
        return onLoop(() -> server.stats());
    }

    /** Waits until the server has no connection any more; false after half a minute. */
    boolean isEmptySoon() throws Exception {
        for (int i = 0; i < 3000; i++) {
            HttpServer.Stats now = stats();
            if (now.connections() == 0 && now.activeRequests() == 0) {
                return true;
            }
            Thread.sleep(10);
        }
        return false;
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Everything until the server ends the connection. */
    static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Reads until a text has come, with all that came before. */
    static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (text.indexOf(end) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("ended after: " + text);
            }
            text.append((char) b);
        }
        return text.toString();
    }

    /** Sends a text, ends this side, and answers all that comes. */
    String exchange(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            socket.shutdownOutput();
            return readAll(socket);
        }
    }

    /** Ends the server gently and waits; then the loop must have ended by itself. */
    @Override
    public void close() throws Exception {
        if (thread.isAlive()) {
            loop.execute(() -> server.close(Duration.ofSeconds(10)));
        }
        thread.join(30_000);
        if (thread.isAlive()) {
            throw new IllegalStateException("the loop does not end: " + onLoop(() -> loop.activeHandles()));
        }
        Throwable failure = outcome.get();
        if (failure != null) {
            throw new IllegalStateException("the server failed", failure);
        }
    }
}
