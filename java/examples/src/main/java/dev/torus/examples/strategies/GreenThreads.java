package dev.torus.examples.strategies;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;

/** A virtual thread for each connection. Found by reflection, because this file is compiled for Java 17, too. */
final class GreenThreads {
    private GreenThreads() {}

    static boolean areThere() {
        return Runtime.version().feature() >= 21;
    }

    static Service start(Path file) throws IOException {
        return new AcceptingThread(factory(), socket -> new BlockingConversation(socket, file));
    }

    /** {@code Thread.ofVirtual().factory()} */
    private static ThreadFactory factory() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("no virtual threads", e);
        }
    }
}
