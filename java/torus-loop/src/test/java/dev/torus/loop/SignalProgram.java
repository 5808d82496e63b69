package dev.torus.loop;

import java.time.Duration;

/** A program that is sent signals; it says on its standard output what it does. */
final class SignalProgram {
    private SignalProgram() {}

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    /** Arguments: a backend, and what to do. */
    @SuppressWarnings("SystemExitOutsideMain") // the exit code is looked at
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = Backends.loop(arguments[0])) {
            int code = loop.run(() -> {
                switch (arguments[1]) {
                    case "graceful" -> graceful(loop);
                    case "once" -> once(loop);
                    default -> throw new IllegalArgumentException(arguments[1]);
                }
                say("ready");
            });
            say("left " + code);
        }
    }

    /** Other signals are counted, SIGTERM ends it. */
    private static void graceful(EventLoop loop) {
        Thread loopThread = Thread.currentThread();
        loop.net().createServer(peer -> {}).listen(0);
        for (Signal signal : new Signal[] {Signal.SIGINT, Signal.SIGHUP, Signal.SIGUSR1}) {
            loop.process()
                    .onSignal(signal, got -> say(got + (Thread.currentThread() == loopThread ? "" : " elsewhere")));
        }
        loop.process().onSignal(Signal.SIGTERM, got -> {
            say("ends");
            loop.shutdown(Duration.ofSeconds(10));
        });
    }

    /** The second SIGTERM does what it does to any JVM. */
    private static void once(EventLoop loop) {
        loop.setInterval(1000, () -> {});
        SignalHandle[] handle = {null};
        handle[0] = loop.process().onSignal(Signal.SIGTERM, got -> {
            handle[0].close();
            say(got.name());
        });
    }
}
