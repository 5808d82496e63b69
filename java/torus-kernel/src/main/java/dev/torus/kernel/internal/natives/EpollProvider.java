package dev.torus.kernel.internal.natives;

/** epoll: any Linux. */
public final class EpollProvider extends NativeProvider {
    /** For the service loader. */
    public EpollProvider() {
        super("epoll", 300, "Linux");
    }
}
