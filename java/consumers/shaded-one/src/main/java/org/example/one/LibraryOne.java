package org.example.one;

import dev.torus.loop.EventLoop;

/** A library that happens to use Torus and shades it. */
public final class LibraryOne {
    private LibraryOne() {}

    /** Runs a loop and says on what. */
    public static String run() throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            StringBuilder said = new StringBuilder();
            loop.run(() -> loop.setImmediate(() -> said.append("one on ").append(loop.kernel().backendName())));
            return said + " by " + EventLoop.class.getName();
        }
    }
}
