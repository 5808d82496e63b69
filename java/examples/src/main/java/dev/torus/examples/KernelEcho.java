package dev.torus.examples;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.SocketType;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Echoes one connection until it ends, straight on the kernel. */
public final class KernelEcho {
    private static final long ACCEPT = 1;
    private static final long RECEIVE = 2;
    private static final long SEND = 3;

    private KernelEcho() {}

    /** Tells where it listens and returns when the connection has ended. */
    public static void run(Consumer<InetSocketAddress> ready) throws Exception {
        // README begins
        try (IoKernel kernel = IoKernel.open()) {
            long listener = kernel.socket(AddressFamily.INET, SocketType.STREAM);
            kernel.bind(listener, new InetSocketAddress("127.0.0.1", 0));
            kernel.listen(listener, 128);
            ready.accept((InetSocketAddress) kernel.localAddress(listener));
            IoBuffer buffer = kernel.allocate(4096);
            long[] peer = new long[1];
            kernel.accept(listener, ACCEPT); // queued: no system call, no allocation
            while (!kernel.isShutdown()) {
                kernel.enter(-1); // one crossing: submit, wait, collect
                kernel.drain((token, result, flags) -> {
                    if (token == ACCEPT) {
                        peer[0] = result;
                        kernel.recv(peer[0], buffer, 0, 4096, RECEIVE);
                    } else if (token == RECEIVE && result > 0) {
                        kernel.send(peer[0], buffer, 0, (int) result, SEND);
                    } else if (token == SEND && result > 0) {
                        kernel.recv(peer[0], buffer, 0, 4096, RECEIVE);
                    } else {
                        kernel.shutdown(); // the end of the stream, or an error
                    }
                });
            }
        }
        // README ends
    }
}
