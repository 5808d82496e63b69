package org.example.two;

import dev.torus.loop.EventLoop;

/** A library that happens to use Torus and shades it. */
public final class LibraryTwo {
    private LibraryTwo() {}

    /** Runs a loop and says on what. */
    public static String run() throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            StringBuilder said = new StringBuilder();
            loop.run(() -> loop.setImmediate(() -> said.append("two on ").append(loop.kernel().backendName())));
            return said + " by " + EventLoop.class.getName();
        }
    }
}
