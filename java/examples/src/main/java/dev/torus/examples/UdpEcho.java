package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.UdpSocket;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Sends every datagram back to where it came from. {@code UdpEcho [PORT]}, then {@code nc -u localhost 9000} */
public final class UdpEcho {
    private UdpEcho() {}

    /** Binds to an address, port 0 for one that is free, and tells what it hears. */
    public static UdpSocket bind(EventLoop loop, InetSocketAddress address, Consumer<String> out) {
        UdpSocket socket = loop.dgram().createSocket();
        socket.onMessage((data, from) -> {
            out.accept(data.remaining() + " bytes from " + from.getAddress().getHostAddress());
            socket.send(data, from).exceptionally(failure -> {
                out.accept("not sent: " + failure.getMessage());
                return null;
            });
        });
        return socket.bind(address);
    }

    /** Runs for ever. */
    public static void main(String[] args) throws Exception {
        int port = args.length == 0 ? 9000 : Integer.parseInt(args[0]);
        try (EventLoop loop = EventLoop.create()) {
            UdpSocket socket = bind(loop, new InetSocketAddress("127.0.0.1", port), System.out::println);
            System.out.println("listening " + socket.address());
            loop.run();
        }
    }
}
