package dev.torus.kernel.internal.natives;

/** kqueue: macOS. */
public final class KqueueProvider extends NativeProvider {
    /** For the service loader. */
    public KqueueProvider() {
        super("kqueue", 300, "Mac OS X");
    }
}
