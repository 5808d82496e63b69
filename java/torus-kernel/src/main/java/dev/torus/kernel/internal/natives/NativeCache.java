package dev.torus.kernel.internal.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Where a library out of a jar becomes a file: a {@link PrivateFolder}, a name made of the content's hash. The folder is
 * {@code -Dtorus.native.cache}, or the user's cache folder; never a shared temporary one, where others could put a file of
 * that name first.
 */
final class NativeCache {
    private static final String CHOOSE = "choose another by -Dtorus.native.cache=FOLDER";

    /** Leftovers younger than this may be in use by a VM that is just starting. */
    private static final Duration LEFTOVER_AGE = Duration.ofDays(1);

    /** Loads a library. */
    @FunctionalInterface
    interface Loader {
        /** False if this VM has loaded the file for another copy of Torus, so that its functions are not this one's. */
        boolean load(Path file);
    }

    private final PrivateFolder folder;
    private final byte[] content;
    private final String name;
    private final String suffix;

    private NativeCache(PrivateFolder folder, byte[] content, String name, String suffix) {
        this.folder = folder;
        this.content = content;
        this.name = name;
        this.suffix = suffix;
    }

    /**
     * The cache for one library.
     *
     * @param fileName the library's plain name, whose suffix is kept
     * @throws IOException if there is no folder that only this user can write to
     */
    static NativeCache forLibrary(byte[] content, String fileName) throws IOException {
        int dot = fileName.lastIndexOf('.');
        String name = fileName.substring(0, dot) + "-" + hash(content);
        NativeCache cache = new NativeCache(folder(), content, name, fileName.substring(dot));
        cache.sweep();
        return cache;
    }

    private static String hash(byte[] content) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest).substring(0, 32);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }

    private static PrivateFolder folder() throws IOException {
        String chosen = System.getProperty("torus.native.cache");
        Path path = (chosen != null ? Path.of(chosen) : userCache().resolve("torus")).toAbsolutePath();
        try {
            return PrivateFolder.at(path);
        } catch (IOException e) {
            throw new IOException("the cache folder " + path + " cannot be used: " + reason(e) + "; " + CHOOSE, e);
        }
    }

    /** The message of a {@link java.nio.file.FileSystemException} may be the path alone. */
    private static String reason(IOException e) {
        return e.getClass() == IOException.class ? e.getMessage() : e.toString();
    }

    private static Path userCache() throws IOException {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.startsWith("windows")) {
            String local = System.getenv("LOCALAPPDATA");
            return local != null ? Path.of(local) : home().resolve(Path.of("AppData", "Local"));
        }
        if (os.startsWith("mac")) {
            return home().resolve(Path.of("Library", "Caches"));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && xdg.startsWith("/") ? Path.of(xdg) : home().resolve(".cache");
    }

    /** In a container the user may have none; the JVM then says "?". */
    private static Path home() throws IOException {
        Path home = Path.of(System.getProperty("user.home", ""));
        if (!home.isAbsolute()) {
            throw new IOException("this user has no home folder to keep the library in; " + CHOOSE);
        }
        return home;
    }

    /**
     * Loads the file; a copy of it if that has been loaded already.
     *
     * @return the file that was loaded
     */
    Path load(Loader loader) throws IOException {
        Path file = extract();
        try {
            return loader.load(file) ? file : loadCopy(loader);
        } catch (UnsatisfiedLinkError e) {
            throw explain(e, file);
        }
    }

    /** Loads a copy that no other copy of Torus has; it is deleted as soon as that is possible. */
    Path loadCopy(Loader loader) throws IOException {
        Path copy = Files.createTempFile(folder.path(), name + "-", suffix);
        try {
            Files.write(copy, content);
            loader.load(copy);
        } catch (UnsatisfiedLinkError e) {
            throw explain(e, copy);
        } finally {
            deleteIfPossible(copy);
        }
        return copy;
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
        Path file = folder.path().resolve(name + suffix);
        if (folder.owns(file) && Arrays.equals(Files.readAllBytes(file), content)) {
            return file;
        }
        Path fresh = Files.createTempFile(folder.path(), name + "-", ".tmp");
        try {
            Files.write(fresh, content);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException("the library cannot be put into the cache folder: " + e + "; " + CHOOSE, e);
        } finally {
            deleteIfPossible(fresh);
        }
        return file;
    }

    /** Removes copies that an ended VM could not delete because it still had them loaded. */
    private void sweep() {
        FileTime limit = FileTime.from(Instant.now().minus(LEFTOVER_AGE));
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder.path(), "*torus-????????????????????????????????-*")) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).compareTo(limit) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // Still loaded by another VM (Windows), or swept by it: what is left has its turn at the next start.
            return;
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
                + " is mounted noexec, or a security module forbids it, so no library can be loaded from it; "
                + CHOOSE + ", or put "
                + System.mapLibraryName("torus") + " on java.library.path. " + message);
    }
}
