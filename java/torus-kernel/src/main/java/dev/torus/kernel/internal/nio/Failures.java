package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.internal.nio.LinuxErrno.*;

import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;

/**
 * Turns exceptions into error numbers: by class where the class says it all, otherwise by the operating system's text
 * in the message, otherwise -EIO. The text of the last failure is kept, so that what was mapped away is not lost.
 *
 * <p>Any thread.
 */
public final class Failures {
    private record ByClass(Class<? extends Throwable> type, int errno) {}

    private record ByText(String fragment, int errno) {}

    /** Subclasses before their superclasses. */
    private static final ByClass[] CLASSES = {
        new ByClass(ClosedByInterruptException.class, EINTR),
        new ByClass(ClosedChannelException.class, EBADF),
        new ByClass(CancelledKeyException.class, EBADF),
        new ByClass(NoSuchFileException.class, ENOENT),
        new ByClass(FileAlreadyExistsException.class, EEXIST),
        new ByClass(DirectoryNotEmptyException.class, ENOTEMPTY),
        new ByClass(NotDirectoryException.class, ENOTDIR),
        new ByClass(FileSystemLoopException.class, ELOOP),
        new ByClass(NotLinkException.class, EINVAL),
        new ByClass(AtomicMoveNotSupportedException.class, EXDEV),
        new ByClass(ReadOnlyFileSystemException.class, EROFS),
        new ByClass(PortUnreachableException.class, ECONNREFUSED),
        new ByClass(SocketTimeoutException.class, ETIMEDOUT),
        new ByClass(AlreadyConnectedException.class, EISCONN),
        new ByClass(NotYetConnectedException.class, ENOTCONN),
        new ByClass(ConnectionPendingException.class, EALREADY),
        new ByClass(AlreadyBoundException.class, EINVAL),
        new ByClass(UnresolvedAddressException.class, EINVAL),
        new ByClass(UnsupportedAddressTypeException.class, EAFNOSUPPORT),
        new ByClass(NonReadableChannelException.class, EBADF),
        new ByClass(NonWritableChannelException.class, EBADF),
        new ByClass(ReadOnlyBufferException.class, EFAULT),
        new ByClass(InvalidPathException.class, EINVAL),
        new ByClass(IllegalArgumentException.class, EINVAL),
        new ByClass(UnsupportedOperationException.class, EOPNOTSUPP),
        new ByClass(SecurityException.class, EACCES),
    };

    /** Lower case; the wording of Linux, macOS and Windows. */
    private static final ByText[] TEXTS = {
        new ByText("address already in use", EADDRINUSE),
        new ByText("only one usage of each socket address", EADDRINUSE),
        new ByText("assign requested address", EADDRNOTAVAIL),
        new ByText("not valid in its context", EADDRNOTAVAIL),
        new ByText("connection refused", ECONNREFUSED),
        new ByText("connection reset", ECONNRESET),
        new ByText("forcibly closed", ECONNRESET),
        new ByText("broken pipe", EPIPE),
        new ByText("connection abort", ECONNABORTED),
        new ByText("connection was aborted", ECONNABORTED),
        new ByText("too many open files in system", ENFILE),
        new ByText("too many open files", EMFILE),
        new ByText("timed out", ETIMEDOUT),
        new ByText("no route to host", EHOSTUNREACH),
        new ByText("host is unreachable", EHOSTUNREACH),
        new ByText("host is down", EHOSTUNREACH),
        new ByText("network is unreachable", ENETUNREACH),
        new ByText("unreachable network", ENETUNREACH),
        new ByText("network is down", ENETDOWN),
        new ByText("no buffer space", ENOBUFS),
        new ByText("message too long", EMSGSIZE),
        new ByText("larger than the internal message buffer", EMSGSIZE),
        new ByText("not connected", ENOTCONN),
        new ByText("permission denied", EACCES),
        new ByText("operation not permitted", EPERM),
        new ByText("protocol family", EAFNOSUPPORT),
        new ByText("address family not supported", EAFNOSUPPORT),
        new ByText("no such file or directory", ENOENT),
        new ByText("cannot find the", ENOENT),
        new ByText("file exists", EEXIST),
        new ByText("is a directory", EISDIR),
        new ByText("not a directory", ENOTDIR),
        new ByText("directory not empty", ENOTEMPTY),
        new ByText("directory is not empty", ENOTEMPTY),
        new ByText("symbolic links", ELOOP),
        new ByText("file name too long", ENAMETOOLONG),
        new ByText("path too long", EINVAL),
        new ByText("no space left", ENOSPC),
        new ByText("not enough space on the disk", ENOSPC),
        new ByText("disk quota exceeded", EDQUOT),
        new ByText("quota", EDQUOT),
        new ByText("file too large", EFBIG),
        new ByText("read-only file system", EROFS),
        new ByText("cross-device link", EXDEV),
        new ByText("too many links", EMLINK),
        new ByText("text file busy", ETXTBSY),
        new ByText("resource busy", EBUSY),
        new ByText("used by another process", EBUSY),
        new ByText("illegal seek", ESPIPE),
        new ByText("invalid argument", EINVAL),
        new ByText("cannot allocate memory", ENOMEM),
        new ByText("out of memory", ENOMEM),
        new ByText("bad file descriptor", EBADF),
        new ByText("protocol error", EPROTO),
    };

    private volatile Throwable last;

    /** The negative errno that stands for {@code failure}, which is remembered. */
    int result(Throwable failure) {
        last = failure;
        return -errno(failure);
    }

    /** The last failure for people, or null if nothing has failed yet. */
    String lastMessage() {
        Throwable failure = last;
        return failure == null ? null : failure.toString();
    }

    /** The number, positive, that stands for a failure. */
    public static int errno(Throwable failure) {
        for (ByClass row : CLASSES) {
            if (row.type().isInstance(failure)) {
                return row.errno();
            }
        }
        String message = failure.getMessage();
        if (message != null) {
            String text = message.toLowerCase(Locale.ROOT);
            for (ByText row : TEXTS) {
                if (text.contains(row.fragment())) {
                    return row.errno();
                }
            }
        }
        return byBroadClass(failure);
    }

    /** Classes that cover several errors: the usual one, for when the text is in a language not known here. */
    private static int byBroadClass(Throwable failure) {
        if (failure instanceof AccessDeniedException) {
            return EACCES;
        }
        if (failure instanceof BindException) {
            return EADDRINUSE;
        }
        if (failure instanceof ConnectException) {
            return ECONNREFUSED;
        }
        return failure instanceof NoRouteToHostException ? EHOSTUNREACH : EIO;
    }
}
