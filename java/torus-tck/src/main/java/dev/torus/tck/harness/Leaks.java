package dev.torus.tck.harness;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Compares the process's sockets, event descriptors and rings before and after a test, where {@code /proc/self/fd} tells them.
 * Ordinary files are left out: class loading opens them at any time.
 */
final class Leaks {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    static {
        // NIO opens descriptors for its own use at the first channel and keeps them
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(null);
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            client.finishConnect();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private final Set<String> before;

    private Leaks(Set<String> before) {
        this.before = before;
    }

    static Leaks before() {
        return new Leaks(open());
    }

    /** Fails when something is open that was not; waits for what other threads are about to close. */
    void check() {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        Set<String> left;
        do {
            left = open();
            left.removeAll(before);
            if (left.isEmpty()) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        } while (System.nanoTime() - deadline < 0);
        throw new AssertionError("the test left open: " + left);
    }

    private static Set<String> open() {
        Set<String> open = new HashSet<>();
        if (Emulation.isWindows() || !Files.isDirectory(DESCRIPTORS)) {
            return open;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path entry : entries) {
                String target = target(entry);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
                    open.add(entry.getFileName() + " " + target);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return open;
    }

    private static String target(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
