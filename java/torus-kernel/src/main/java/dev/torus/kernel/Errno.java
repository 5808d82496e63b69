package dev.torus.kernel;

/**
 * The error numbers that operations complete with, in Linux's numbering on every platform (errno(3)).
 *
 * <p>An operation's result is {@code -errno}. A Windows error without a counterpart is {@code -(0x10000 + code)}; it has no
 * constant here, and {@link #of} answers {@link #UNKNOWN}.
 */
public enum Errno {
    /** Operation not permitted. */
    EPERM(1, "operation not permitted"),
    /** No such file or directory. */
    ENOENT(2, "no such file or directory"),
    /** Interrupted. */
    EINTR(4, "interrupted"),
    /** Input/output error. */
    EIO(5, "input/output error"),
    /** No such device or address. */
    ENXIO(6, "no such device or address"),
    /** Argument list too long. */
    E2BIG(7, "argument list too long"),
    /** Bad or closed descriptor or handle. */
    EBADF(9, "bad or closed descriptor or handle"),
    /** Resource temporarily unavailable. */
    EAGAIN(11, "resource temporarily unavailable"),
    /** Out of memory. */
    ENOMEM(12, "out of memory"),
    /** Permission denied. */
    EACCES(13, "permission denied"),
    /** Bad address. */
    EFAULT(14, "bad address"),
    /** Device or resource busy. */
    EBUSY(16, "device or resource busy"),
    /** Already exists. */
    EEXIST(17, "already exists"),
    /** Cross-device link. */
    EXDEV(18, "cross-device link"),
    /** No such device. */
    ENODEV(19, "no such device"),
    /** Not a directory. */
    ENOTDIR(20, "not a directory"),
    /** Is a directory. */
    EISDIR(21, "is a directory"),
    /** Invalid argument. */
    EINVAL(22, "invalid argument"),
    /** Too many open files in the system. */
    ENFILE(23, "too many open files in the system"),
    /** Too many open files in this process. */
    EMFILE(24, "too many open files in this process"),
    /** Not a terminal. */
    ENOTTY(25, "not a terminal"),
    /** Text file busy. */
    ETXTBSY(26, "text file busy"),
    /** File too large. */
    EFBIG(27, "file too large"),
    /** No space left on device. */
    ENOSPC(28, "no space left on device"),
    /** Illegal seek. */
    ESPIPE(29, "illegal seek"),
    /** Read-only file system. */
    EROFS(30, "read-only file system"),
    /** Too many links. */
    EMLINK(31, "too many links"),
    /** Broken pipe. */
    EPIPE(32, "broken pipe"),
    /** Argument out of domain. */
    EDOM(33, "argument out of domain"),
    /** Result out of range. */
    ERANGE(34, "result out of range"),
    /** File name too long. */
    ENAMETOOLONG(36, "file name too long"),
    /** Function not implemented. */
    ENOSYS(38, "function not implemented"),
    /** Directory not empty. */
    ENOTEMPTY(39, "directory not empty"),
    /** Too many symbolic links. */
    ELOOP(40, "too many symbolic links"),
    /** Protocol error. */
    EPROTO(71, "protocol error"),
    /** Value too large. */
    EOVERFLOW(75, "value too large"),
    /** Descriptor in bad state. */
    EBADFD(77, "descriptor in bad state"),
    /** Invalid byte sequence. */
    EILSEQ(84, "invalid byte sequence"),
    /** Not a socket. */
    ENOTSOCK(88, "not a socket"),
    /** Destination address required. */
    EDESTADDRREQ(89, "destination address required"),
    /** Message too long. */
    EMSGSIZE(90, "message too long"),
    /** Wrong protocol type for socket. */
    EPROTOTYPE(91, "wrong protocol type for socket"),
    /** Protocol option not available. */
    ENOPROTOOPT(92, "protocol option not available"),
    /** Protocol not supported. */
    EPROTONOSUPPORT(93, "protocol not supported"),
    /** Operation not supported. */
    EOPNOTSUPP(95, "operation not supported"),
    /** Address family not supported. */
    EAFNOSUPPORT(97, "address family not supported"),
    /** Address already in use. */
    EADDRINUSE(98, "address already in use"),
    /** Address not available. */
    EADDRNOTAVAIL(99, "address not available"),
    /** Network is down. */
    ENETDOWN(100, "network is down"),
    /** Network is unreachable. */
    ENETUNREACH(101, "network is unreachable"),
    /** Connection aborted. */
    ECONNABORTED(103, "connection aborted"),
    /** Connection reset by peer. */
    ECONNRESET(104, "connection reset by peer"),
    /** No buffer space or no provided buffer left. */
    ENOBUFS(105, "no buffer space or no provided buffer left"),
    /** Already connected. */
    EISCONN(106, "already connected"),
    /** Not connected. */
    ENOTCONN(107, "not connected"),
    /** Endpoint has been shut down. */
    ESHUTDOWN(108, "endpoint has been shut down"),
    /** Connection timed out. */
    ETIMEDOUT(110, "connection timed out"),
    /** Connection refused. */
    ECONNREFUSED(111, "connection refused"),
    /** Host is down. */
    EHOSTDOWN(112, "host is down"),
    /** No route to host. */
    EHOSTUNREACH(113, "no route to host"),
    /** Operation already in progress. */
    EALREADY(114, "operation already in progress"),
    /** Operation in progress. */
    EINPROGRESS(115, "operation in progress"),
    /** Stale file handle. */
    ESTALE(116, "stale file handle"),
    /** Disk quota exceeded. */
    EDQUOT(122, "disk quota exceeded"),
    /** Operation cancelled. */
    ECANCELED(125, "operation cancelled"),
    /** A number that is not in this table; {@link TorusIoException#code()} has it. */
    UNKNOWN(0, "unknown error");

    private static final int WINDOWS_BASE = 0x10000;
    private static final Errno[] BY_CODE = new Errno[134];

    static {
        for (Errno errno : values()) {
            if (errno != UNKNOWN) {
                BY_CODE[errno.code] = errno;
            }
        }
    }

    private final int code;
    private final String description;

    Errno(int code, String description) {
        this.code = code;
        this.description = description;
    }

    /** Linux's number, positive; 0 for {@link #UNKNOWN}. */
    public int code() {
        return code;
    }

    /** For people, in lower case, without a full stop. */
    public String description() {
        return description;
    }

    /** The result of an operation that failed with this error: {@code -code}. */
    public int result() {
        return -code;
    }

    /** The constant for an error number (its sign does not matter), {@link #UNKNOWN} if there is none. */
    public static Errno of(long codeOrResult) {
        long code = Math.abs(codeOrResult);
        Errno found = code < BY_CODE.length ? BY_CODE[(int) code] : null;
        return found == null ? UNKNOWN : found;
    }

    /** Name and description of an error number (its sign does not matter), also of one without a constant. */
    public static String describe(long codeOrResult) {
        long code = Math.abs(codeOrResult);
        Errno errno = of(code);
        if (errno != UNKNOWN) {
            return errno.name() + ", " + errno.description;
        }
        return code >= WINDOWS_BASE ? "Windows error " + (code - WINDOWS_BASE) : "errno " + code;
    }
}
