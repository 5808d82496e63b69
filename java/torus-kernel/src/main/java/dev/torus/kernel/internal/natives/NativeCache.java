package dev.torus.kernel.internal.natives;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Where a library out of a jar becomes a file: a folder that only its owner can enter, a name made of the content's hash. The folder is
 * {@code -Dtorus.native.cache}, or the user's cache folder; never a shared temporary one, where others could put a file of
 * that name first.
 */
final class NativeCache {
    private final Path folder;
    private final byte[] content;
    private final String name;
    private final String suffix;

    private NativeCache(Path folder, byte[] content, String name, String suffix) {
        this.folder = folder;
        this.content = content;
        this.name = name;
        this.suffix = suffix;
    }

    static NativeCache forLibrary(byte[] content, String fileName) throws IOException {
        String hash;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            hash = HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
        int dot = fileName.lastIndexOf('.');
        return new NativeCache(
                folder(), content, fileName.substring(0, dot) + "-" + hash.substring(0, 32), fileName.substring(dot));
    }

    private static Path folder() throws IOException {
        String chosen = System.getProperty("torus.native.cache");
        Path folder = (chosen != null ? Path.of(chosen) : userCache().resolve("torus")).toAbsolutePath();
        try {
            Files.createDirectories(folder);
            if (Files.getFileStore(folder).supportsFileAttributeView(PosixFileAttributeView.class)) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException(
                    "the cache folder " + folder + " cannot be made the owner's alone (" + e
                            + "); choose another by -Dtorus.native.cache",
                    e);
        }
        return folder;
    }

    private static Path userCache() {
        String home = System.getProperty("user.home", ".");
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.startsWith("windows")) {
            String local = System.getenv("LOCALAPPDATA");
            return local != null ? Path.of(local) : Path.of(home, "AppData", "Local");
        }
        if (os.startsWith("mac")) {
            return Path.of(home, "Library", "Caches");
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && !xdg.isEmpty() ? Path.of(xdg) : Path.of(home, ".cache");
    }

    /** Loads the file; another one of its own if a class loader of this VM has loaded that already. */
    Path load(Consumer<Path> loader) throws IOException {
        Path file = extract();
        try {
            loader.accept(file);
            return file;
        } catch (UnsatisfiedLinkError e) {
            if (!String.valueOf(e.getMessage()).contains("already loaded in another classloader")) {
                throw explain(e, file);
            }
        }
        Path own = Files.createTempFile(folder, name + "-", suffix);
        try {
            Files.write(own, content);
            loader.accept(own);
        } catch (UnsatisfiedLinkError e) {
            throw explain(e, own);
        } finally {
            deleteIfPossible(own);
        }
        return own;
    }

    /** On POSIX a mapped file may be deleted; on Windows it stays until {@link #sweep}. */
    private static void deleteIfPossible(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    private Path extract() throws IOException {
        Path file = folder.resolve(name + suffix);
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Arrays.equals(Files.readAllBytes(file), content)) {
            return file;
        }
        sweep();
        Path fresh = Files.createTempFile(folder, name + "-", ".tmp");
        try {
            Files.write(fresh, content);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            deleteIfPossible(fresh);
        }
        return file;
    }

    /** Removes copies that an ended VM could not delete because it still had them loaded. */
    private void sweep() throws IOException {
        try (var files = Files.newDirectoryStream(folder, "*torus-????????????????????????????????-*")) {
            for (Path file : files) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    // still loaded by another VM (Windows): its turn comes
                }
            }
        }
    }

    private static UnsatisfiedLinkError explain(UnsatisfiedLinkError error, Path file) {
        String message = String.valueOf(error.getMessage());
        boolean noexec = message.contains("failed to map segment") || message.contains("Operation not permitted");
        if (!noexec) {
            return error;
        }
        String store;
        try {
            FileStore found = Files.getFileStore(file);
            store = " (" + found + ")";
        } catch (IOException e) {
            store = "";
        }
        return new UnsatisfiedLinkError("the cache folder " + file.getParent() + store
                + " is mounted noexec, so no library can be loaded from it; choose another by -Dtorus.native.cache=FOLDER, or put "
                + file.getFileName() + " on java.library.path. " + message);
    }
}
