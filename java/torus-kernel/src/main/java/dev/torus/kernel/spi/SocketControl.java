package dev.torus.kernel.spi;

/** Synchronous socket functions of a backend. Every result is a value or -errno; sockaddr bytes are in Linux's layout. */
public interface SocketControl {
    /** A non-blocking, close-on-exec socket; families and types in Linux numbering ({@link RingAbi#AF_INET} …). */
    int socket(int family, int type, int protocol);

    int bind(int fd, byte[] sockaddr);

    int listen(int fd, int backlog);

    /** Sets an integer option; level and name in Linux numbering. SO_LINGER: seconds, or -1 for off. */
    int setOption(int fd, int level, int name, int value);

    /** Reads an integer option into {@code value[0]}; 0 or -errno. */
    int getOption(int fd, int level, int name, int[] value);

    /**
     * Joins a multicast group on a network interface, or leaves it; 0 or -errno.
     *
     * @param group sockaddr bytes of the group, whose port does not matter
     * @param interfaceIndex 0 lets the system choose
     */
    int membership(int fd, byte[] group, int interfaceIndex, boolean join);

    /** Writes the local address into {@code sockaddr} (128 bytes); its length or -errno. */
    int localAddress(int fd, byte[] sockaddr);

    /** Writes the peer's address into {@code sockaddr} (128 bytes); its length or -errno. */
    int peerAddress(int fd, byte[] sockaddr);

    /** Ends of a named pipe, see {@link #pipe}. */
    int PIPE_CLIENT = 0, PIPE_SERVER = 1, PIPE_FIRST_SERVER = 2;

    /**
     * Opens one end of a named pipe of Windows: a descriptor for CONNECT without an address (a server's end waits for its
     * client), RECV, SEND and CLOSE; or -errno, EOPNOTSUPP unless the backend has them.
     */
    default int pipe(String path, int end) {
        return -95;
    }

    /**
     * Sends beside the ring what the system takes without waiting, while no SEND and no SHUTDOWN of the socket is with the ring.
     *
     * @return bytes, or -errno: -EAGAIN when the system takes nothing now, -EOPNOTSUPP (as here) where only the ring can send
     */
    default int sendNow(int fd, long address, int length) {
        return -95;
    }

    /** Ends a direction beside the ring, as SHUTDOWN does and while no SEND and no SHUTDOWN is with it; 0 or -errno as above. */
    default int shutdownNow(int fd, int how) {
        return -95;
    }

    /** Takes over a descriptor of the operating system (made non-blocking); the backend's descriptor or -errno. */
    int adopt(int descriptor);

    /**
     * Gives up a connected socket that has no pending operation, without closing it, so that another backend of the same kind can take it
     * over.
     *
     * @return what {@link #adopt} takes, or -errno: -EBUSY if it is bound to this backend by what it has done here, -EOPNOTSUPP (as here)
     *     if sockets always are
     */
    default int release(int fd) {
        return -95;
    }

    /** Closes at once. Only for descriptors with no pending operation. */
    int close(int fd);
}
