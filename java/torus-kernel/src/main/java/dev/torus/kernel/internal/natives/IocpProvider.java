package dev.torus.kernel.internal.natives;

/** I/O completion ports: Windows. */
public final class IocpProvider extends NativeProvider {
    /** For the service loader. */
    public IocpProvider() {
        super("iocp", 300, "Windows");
    }
}
