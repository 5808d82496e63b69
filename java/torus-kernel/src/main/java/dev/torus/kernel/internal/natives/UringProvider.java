package dev.torus.kernel.internal.natives;

/** The backend {@code io_uring}, Linux. */
public final class UringProvider extends NativeProvider {
    /** For ServiceLoader. */
    public UringProvider() {
        super("io_uring", 0, 400);
    }
}
