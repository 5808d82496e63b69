package dev.torus.loop;

import dev.torus.kernel.TorusIoException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;

/**
 * A {@link Server} on a named pipe of Windows: paths that begin with {@code \\.\pipe\} or {@code \\?\pipe\}, as in Node. Some ends wait for
 * clients; one that has its client is replaced.
 */
final class PipeListener {
    /** So many clients can connect between two turns of the loop; those beyond find the pipe busy and try again. As in libuv. */
    private static final int WAITING_ENDS = 4;

    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private final Net net;
    private final String name;
    private final LongConsumer onConnection;
    private final Runnable onFailure;
    private final List<Long> waiting = new ArrayList<>();
    private boolean closing;

    /**
     * @param onConnection takes an end that has its client
     * @param onFailure no end could be made or waits any more; {@link #fill} tries again
     */
    PipeListener(Net net, SocketAddress path, LongConsumer onConnection, Runnable onFailure) {
        this.net = net;
        this.name = nameOf(path);
        this.onConnection = onConnection;
        this.onFailure = onFailure;
    }

    /** The name of the pipe that an address means on this system; null if it means something else. */
    static String nameOf(SocketAddress address) {
        if (!WINDOWS || !(address instanceof UnixDomainSocketAddress path)) {
            return null;
        }
        String name = path.getPath().toString();
        String start = name.toLowerCase(Locale.ROOT);
        return start.startsWith("\\\\.\\pipe\\") || start.startsWith("\\\\?\\pipe\\") ? name : null;
    }

    /** Begins; nobody else may serve that name. */
    void open() throws TorusIoException {
        await(net.kernel().createPipe(name, true));
        fill();
    }

    /** Makes the ends that are missing, as far as it can. */
    void fill() {
        try {
            while (!closing && waiting.size() < WAITING_ENDS) {
                await(net.kernel().createPipe(name, false));
            }
        } catch (TorusIoException e) {
            if (waiting.isEmpty()) {
                onFailure.run();
            }
        }
    }

    private void await(long end) {
        waiting.add(end);
        net.kernel().awaitClient(end, net.poller().token((result, flags) -> connected(end, result)));
    }

    private void connected(long end, long result) {
        if (closing) {
            return;
        }
        waiting.remove(end);
        if (result == 0) {
            fill();
            onConnection.accept(end);
            return;
        }
        net.closeUnheard(end);
        if (waiting.isEmpty()) {
            onFailure.run();
        }
    }

    /** Closes the ends that wait, then calls back. */
    void close(Runnable onClosed) {
        closing = true;
        if (waiting.isEmpty()) {
            onClosed.run();
        }
        int[] open = {waiting.size()};
        for (long end : waiting) {
            net.kernel().close(end, net.poller().token((result, flags) -> {
                open[0]--;
                if (open[0] == 0) {
                    onClosed.run();
                }
            }));
        }
    }
}
