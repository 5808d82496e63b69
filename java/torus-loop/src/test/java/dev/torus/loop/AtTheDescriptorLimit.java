package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.DescriptorLimitException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.Backend;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The child process of {@link DescriptorLimitTest}: a server with connections waiting that cannot be accepted for want of descriptors.
 * It prints how many turns the loop made meanwhile, gives descriptors back, and must then accept.
 */
final class AtTheDescriptorLimit {
    private static final int CLIENTS = 8;

    private final List<Long> sockets = new ArrayList<>();
    private int accepted;

    private AtTheDescriptorLimit() {}

    public static void main(String[] args) throws Exception {
        new AtTheDescriptorLimit().run(args[0]);
    }

    private void run(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    accepted++;
                    peer.destroy();
                });
                server.listen(0);
                // Once with room, for the class loader's sake: it opens files.
                pass(loop, server, this::loadTheError, () -> pass(loop, server, () -> fill(loop), server::close));
            });
        }
        System.out.println("recovered");
    }

    /** Clients that have their descriptors connect, half a second passes, all descriptors are given back, all clients are accepted. */
    private void pass(EventLoop loop, Server server, Runnable limit, Runnable then) {
        List<java.net.Socket> clients = new ArrayList<>();
        loop.blocking(() -> unconnected(clients)).thenRun(() -> {
            limit.run();
            int before = accepted;
            loop.blocking(() -> connect(clients, server.port())).thenRun(() -> {
                long calls = loop.kernel().backend().counter(Backend.Counter.SYSCALLS);
                loop.setTimeout(Duration.ofMillis(500), () -> {
                    long made = loop.kernel().backend().counter(Backend.Counter.SYSCALLS) - calls;
                    System.out.println("accepted " + (accepted - before) + " with " + made + " system calls");
                    giveBack(loop);
                    whenAccepted(loop, before + clients.size(), then);
                });
            });
        });
    }

    private void loadTheError() {
        System.out.println(
                TorusIoException.of("socket", null, Errno.EMFILE.result()).getMessage());
    }

    private void giveBack(EventLoop loop) {
        for (long socket : sockets) {
            loop.kernel().close(socket, loop.net().poller().token((result, flags) -> {}));
        }
        sockets.clear();
    }

    private void whenAccepted(EventLoop loop, int count, Runnable then) {
        if (accepted >= count) {
            then.run();
        } else {
            loop.setTimeout(1, () -> whenAccepted(loop, count, then));
        }
    }

    private void fill(EventLoop loop) {
        try {
            while (true) {
                sockets.add(loop.kernel().socket(AddressFamily.INET, SocketType.STREAM));
            }
        } catch (DescriptorLimitException e) {
            System.out.println("full");
        } catch (TorusIoException e) {
            throw new UncheckedLoopException(e);
        }
    }

    /** Clients that have their descriptors before the limit is met. */
    private static Void unconnected(List<java.net.Socket> clients) throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            java.net.Socket client = new java.net.Socket();
            client.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            clients.add(client);
        }
        return null;
    }

    private static Void connect(List<java.net.Socket> clients, int port) throws Exception {
        for (java.net.Socket client : clients) {
            client.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
        return null;
    }
}
