package dev.torus.kernel.internal.natives;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/**
 * A folder in which nobody but this process' user can put or change a file. One that is missing is made that way; one that is there
 * is taken as it is or refused, its rights are never changed. Where files have no POSIX rights (Windows) the user's own
 * cache folder is private by its inherited access list, and nothing is checked.
 */
final class PrivateFolder {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final UserPrincipal user;

    private PrivateFolder(Path path, UserPrincipal user) {
        this.path = path;
        this.user = user;
    }

    /**
     * Makes or checks a folder.
     *
     * @throws IOException with the reason if it cannot be made, belongs to somebody else, or others may write to it
     */
    static PrivateFolder at(Path path) throws IOException {
        create(path);
        // A file that this process makes has its user: there is no other portable way to learn who that is.
        Path probe = Files.createTempFile(path, "torus-", ".tmp");
        try {
            if (!hasPosixRights(probe)) {
                return new PrivateFolder(path, null);
            }
            UserPrincipal user = Files.getOwner(probe);
            PosixFileAttributes folder = Files.readAttributes(path, PosixFileAttributes.class);
            if (!folder.owner().equals(user)) {
                throw new IOException("it belongs to " + folder.owner().getName() + ", not to " + user.getName());
            }
            if (othersMayWrite(folder)) {
                throw new IOException("others than its owner may write to it ("
                        + PosixFilePermissions.toString(folder.permissions()) + ")");
            }
            return new PrivateFolder(path, user);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private static void create(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            if (parent != null && hasPosixRights(parent)) {
                Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } else {
                Files.createDirectory(path);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw e;
            }
        }
    }

    private static boolean hasPosixRights(Path path) throws IOException {
        return Files.getFileStore(path).supportsFileAttributeView(PosixFileAttributeView.class);
    }

    private static boolean othersMayWrite(PosixFileAttributes attributes) {
        Set<PosixFilePermission> rights = attributes.permissions();
        return rights.contains(PosixFilePermission.GROUP_WRITE) || rights.contains(PosixFilePermission.OTHERS_WRITE);
    }

    Path path() {
        return path;
    }

    /** Whether it is a plain file (no link) that only this user may change, also through a descriptor opened earlier. */
    boolean owns(Path file) throws IOException {
        if (user == null) {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        }
        try {
            PosixFileAttributes found =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile() && found.owner().equals(user) && !othersMayWrite(found);
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
