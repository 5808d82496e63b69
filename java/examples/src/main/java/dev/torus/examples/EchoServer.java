package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;

/** Sends back what it hears, no faster than the other side reads. {@code EchoServer [PORT]} */
public final class EchoServer {
    private EchoServer() {}

    /** Listens on a port, 0 for one that is free. */
    public static Server listen(EventLoop loop, int port) {
        // a peer that resets its connection ends that one only
        return loop.net()
                .createServer(socket -> socket.onError(lost -> {}).pipe(socket))
                .listen(port);
    }

    /** Runs for ever. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            Server server = listen(loop, args.length == 0 ? 9000 : Integer.parseInt(args[0]));
            System.out.println("listening " + server.address() + " backend="
                    + loop.kernel().backendName());
            loop.run();
        }
    }
}
