package dev.torus.tck.ring;

/** Linux's numbers that the tests need beyond {@link dev.torus.kernel.spi.RingAbi}. */
public final class Linux {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int EPIPE = 32;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ENOTSOCK = 88;
    public static final int EMSGSIZE = 90;
    public static final int EPROTOTYPE = 91;
    public static final int EPROTONOSUPPORT = 93;
    public static final int ESOCKTNOSUPPORT = 94;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;
    public static final int ECANCELED = 125;

    public static final int SOL_SOCKET = 1;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_ERROR = 4;
    public static final int SO_BROADCAST = 6;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_KEEPALIVE = 9;
    public static final int SO_LINGER = 13;
    public static final int IPPROTO_TCP = 6;
    public static final int TCP_NODELAY = 1;
    public static final int IPPROTO_IPV6 = 41;
    public static final int IPV6_V6ONLY = 26;

    private Linux() {}

    /** A result for people: the number, or the negative errno by number. */
    public static String result(long result) {
        return switch ((int) -result) {
            case EBADF -> "-EBADF";
            case ECANCELED -> "-ECANCELED";
            case ENOENT -> "-ENOENT";
            case EFAULT -> "-EFAULT";
            case EINVAL -> "-EINVAL";
            case EALREADY -> "-EALREADY";
            case ECONNRESET -> "-ECONNRESET";
            case EPIPE -> "-EPIPE";
            case ENOBUFS -> "-ENOBUFS";
            case ENOTCONN -> "-ENOTCONN";
            case ECONNREFUSED -> "-ECONNREFUSED";
            case EOPNOTSUPP -> "-EOPNOTSUPP";
            case EAGAIN -> "-EAGAIN";
            case EMFILE -> "-EMFILE";
            default -> Long.toString(result);
        };
    }
}
