package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;

/** Calls of java.nio.file, whose exceptions become those of the kernel. */
final class PathCalls {
    /** One that may fail. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    private PathCalls() {}

    static <T> T run(String operation, Object subject, Call<T> call) throws TorusIoException {
        try {
            return call.run();
        } catch (IOException | UnsupportedOperationException e) {
            TorusIoException failure = TorusIoException.of(operation, subject.toString(), errno(e).result());
            failure.initCause(e);
            throw failure;
        }
    }

    private static Errno errno(Exception e) {
        if (e instanceof NoSuchFileException) {
            return Errno.ENOENT;
        } else if (e instanceof FileAlreadyExistsException) {
            return Errno.EEXIST;
        } else if (e instanceof AccessDeniedException) {
            return Errno.EACCES;
        } else if (e instanceof DirectoryNotEmptyException) {
            return Errno.ENOTEMPTY;
        } else if (e instanceof NotDirectoryException) {
            return Errno.ENOTDIR;
        } else if (e instanceof FileSystemLoopException) {
            return Errno.ELOOP;
        } else if (e instanceof NotLinkException) {
            return Errno.EINVAL;
        } else if (e instanceof UnsupportedOperationException) {
            return Errno.EOPNOTSUPP;
        }
        // java.nio.file has the system's words only
        String words = String.valueOf(e.getMessage());
        if (words.endsWith("Not a directory")) {
            return Errno.ENOTDIR;
        } else if (words.endsWith("Is a directory")) {
            return Errno.EISDIR;
        } else if (words.endsWith("No space left on device")) {
            return Errno.ENOSPC;
        }
        return Errno.EIO;
    }
}
