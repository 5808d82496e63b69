package dev.torus.kernel.internal.natives;

/** io_uring: Linux 6.1 or later. */
public final class UringProvider extends NativeProvider {
    /** For the service loader. */
    public UringProvider() {
        super("io_uring", 400, "Linux");
    }
}
