package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Signal;
import dev.torus.loop.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A server whose answers take a while. Asked to end, it takes no new connections, gives the answers that it owes and ends; after five
 * seconds it ends in any case. {@code GracefulShutdown [PORT]}, then {@code nc localhost 9000}, and Ctrl-C
 */
public final class GracefulShutdown {
    private static final Duration WORK = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final EventLoop loop;
    private final Consumer<String> out;
    private final Set<Socket> idle = new HashSet<>();
    private boolean ending;

    private GracefulShutdown(EventLoop loop, Consumer<String> out) {
        this.loop = loop;
        this.out = out;
    }

    /** Listens on a port, 0 for one that is free. */
    public static Server listen(EventLoop loop, int port, Consumer<String> out) {
        GracefulShutdown program = new GracefulShutdown(loop, out);
        loop.onShutdown(program::ending);
        return loop.net().createServer(program::welcome).listen(port);
    }

    private void welcome(Socket socket) {
        idle.add(socket);
        socket.onData(new Lines(line -> asked(socket, line)));
        socket.onError(failure -> {}); // a connection that breaks has closed, too
        socket.onClose(() -> idle.remove(socket));
    }

    private void asked(Socket socket, String question) {
        idle.remove(socket);
        out.accept("asked: " + question);
        loop.setTimeout(WORK, () -> answer(socket, question));
    }

    private void answer(Socket socket, String question) {
        if (socket.isDestroyed()) {
            return;
        }
        out.accept("answered: " + question);
        socket.write("answer to " + question + "\n");
        if (ending) {
            socket.end();
        } else {
            idle.add(socket);
        }
    }

    /** Whoever is owed nothing is told good-bye; the others when they have their answer. */
    private void ending() {
        out.accept("ending");
        ending = true;
        Set.copyOf(idle).forEach(Socket::end);
    }

    /** Runs until SIGTERM or Ctrl-C. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            Server server = listen(loop, args.length == 0 ? 9000 : Integer.parseInt(args[0]), System.out::println);
            System.out.println("listening " + server.address());
            for (Signal signal : new Signal[] {Signal.SIGTERM, Signal.SIGINT}) {
                loop.process()
                        .onSignal(signal, asked -> loop.shutdown(PATIENCE))
                        .unref();
            }
            loop.run();
            System.out.println("ended");
        }
    }
}
