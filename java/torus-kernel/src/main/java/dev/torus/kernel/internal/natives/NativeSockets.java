package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.SocketControl;

/** The control plane of a {@link NativeBackend}. */
final class NativeSockets implements SocketControl {
    private final NativeBackend backend;
    /** Sends and ends beside the ring, each a crossing and a system call. */
    private long beside;

    NativeSockets(NativeBackend backend) {
        this.backend = backend;
    }

    @Override
    public int socket(int family, int type, int protocol) {
        return NativeBinding.socket(backend.pointer(), family, type, protocol);
    }

    @Override
    public int bind(int fd, byte[] sockaddr) {
        return NativeBinding.bind(fd, sockaddr);
    }

    @Override
    public int listen(int fd, int backlog) {
        return NativeBinding.listen(fd, backlog);
    }

    @Override
    public int setOption(int fd, int level, int name, int value) {
        return NativeBinding.setOption(fd, level, name, value);
    }

    @Override
    public int getOption(int fd, int level, int name, int[] value) {
        return NativeBinding.getOption(fd, level, name, value);
    }

    @Override
    public int membership(int fd, byte[] group, int interfaceIndex, boolean join) {
        return NativeBinding.membership(fd, group, interfaceIndex, join);
    }

    @Override
    public int localAddress(int fd, byte[] sockaddr) {
        return NativeBinding.address(fd, false, sockaddr);
    }

    @Override
    public int peerAddress(int fd, byte[] sockaddr) {
        return NativeBinding.address(fd, true, sockaddr);
    }

    @Override
    public int pipe(String path, int end) {
        return NativeBinding.pipe(backend.pointer(), Text.pathBytes(path), end);
    }

    @Override
    public int sendNow(int fd, long address, int length) {
        beside++;
        return NativeBinding.sendNow(fd, address, length);
    }

    @Override
    public int shutdownNow(int fd, int how) {
        beside++;
        return NativeBinding.shutdownNow(fd, how);
    }

    long callsBeside() {
        return beside;
    }

    @Override
    public int adopt(int descriptor) {
        return NativeBinding.adopt(backend.pointer(), descriptor);
    }

    /** On Windows a socket keeps its completion port for life (CreateIoCompletionPort). */
    @Override
    public int release(int fd) {
        return backend.name().equals("iocp")
                ? SocketControl.super.release(fd)
                : NativeBinding.releaseSocket(backend.pointer(), fd);
    }

    @Override
    public int close(int fd) {
        return NativeBinding.closeSocket(backend.pointer(), fd);
    }
}
