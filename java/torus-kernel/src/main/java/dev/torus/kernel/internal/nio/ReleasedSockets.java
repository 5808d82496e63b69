package dev.torus.kernel.internal.nio;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Sockets on their way from one backend to another, by numbers that no descriptor of the system has. Any thread. */
final class ReleasedSockets {
    private static final int FIRST = 1 << 30;

    private static final Map<Integer, SocketHandle> SOCKETS = new ConcurrentHashMap<>();
    private static final AtomicInteger NEXT = new AtomicInteger();

    private ReleasedSockets() {}

    static int put(SocketHandle socket) {
        while (true) {
            int number = FIRST | NEXT.getAndIncrement() & (FIRST - 1);
            if (SOCKETS.putIfAbsent(number, socket) == null) {
                return number;
            }
        }
    }

    /** The socket, or null for any other number. */
    static SocketHandle take(int number) {
        return SOCKETS.remove(number);
    }
}
