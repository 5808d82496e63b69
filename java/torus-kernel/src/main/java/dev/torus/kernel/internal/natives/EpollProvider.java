package dev.torus.kernel.internal.natives;

/** The backend {@code epoll}, Linux. */
public final class EpollProvider extends NativeProvider {
    /** For ServiceLoader. */
    public EpollProvider() {
        super("epoll", 1, 300);
    }
}
