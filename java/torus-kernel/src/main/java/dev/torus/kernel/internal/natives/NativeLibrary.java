package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.RingAbi;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * Loads libtorus once per class loader, or remembers why that failed. In this order: the file that {@code -Dtorus.native.path} names; the
 * library path ({@code -Djava.library.path}); the library in the jar of this platform's classifier, through
 * {@link NativeCache}.
 */
final class NativeLibrary {
    /** Tells the library which class its functions belong to. Not a class name, so relocating packages leaves it alone. */
    private static final String BINDING_PROPERTY = "torus.native.binding";

    private static final String NAME = "torus";
    private static final NativePlatform PLATFORM = NativePlatform.current();
    private static String origin;
    private static String failure;
    private static boolean tried;

    private NativeLibrary() {}

    /** Null if the library is loaded, otherwise why it is not, for people. */
    static synchronized String failure() {
        if (!tried) {
            tried = true;
            failure = load();
        }
        return failure;
    }

    /** Where the library came from. */
    static synchronized String origin() {
        return origin;
    }

    private static String load() {
        try {
            origin = find();
            int version = NativeBinding.abiVersion();
            return version == RingAbi.ABI_VERSION ? null : otherVersion("ring ABI " + version);
        } catch (UnsatisfiedLinkError | IOException e) {
            return origin == null
                    ? "the native library cannot be loaded: " + explain(String.valueOf(e.getMessage()))
                    : otherVersion("no ABI version");
        } catch (NoSuchMethodError e) {
            // RegisterNatives met a function that this version's NativeBinding does not have
            return otherVersion("a function " + e.getMessage());
        } catch (IllegalCallerException e) {
            return "native access is not allowed: give the JVM --enable-native-access=dev.torus.kernel (ALL-UNNAMED for Torus"
                    + " on the class path); " + e.getMessage();
        }
    }

    private static String otherVersion(String difference) {
        return "the native library" + (origin == null ? "" : " from " + origin) + " is of another version: it has "
                + difference + ", this Torus has ring ABI " + RingAbi.ABI_VERSION
                + "; use the same version of both artifacts";
    }

    /** What the loader of the operating system says about a file for another one or another processor. */
    private static String explain(String message) {
        boolean otherPlatform = message.contains("Possible cause: can't load")
                || message.contains("invalid ELF header")
                || message.contains("wrong ELF class")
                || message.contains("incompatible architecture")
                || message.contains("not a mach-o file")
                || message.contains("not a valid Win32 application")
                || message.contains("Exec format error");
        return otherPlatform ? "it is not for this platform, " + PLATFORM.classifier() + "; " + message : message;
    }

    private static String find() throws IOException {
        String path = System.getProperty("torus.native.path");
        if (path != null) {
            Path file = Path.of(path).toAbsolutePath();
            if (!Files.isRegularFile(file)) {
                throw new IOException("-Dtorus.native.path: no file " + file);
            }
            return bind(() -> System.load(file.toString())) ? file.toString() : loadCopy(file);
        }
        return loadFromLibraryPath() ? "java.library.path" : loadFromJar();
    }

    private static boolean loadFromLibraryPath() throws IOException {
        boolean bound;
        try {
            bound = bind(() -> System.loadLibrary(NAME));
        } catch (UnsatisfiedLinkError e) {
            if (String.valueOf(e.getMessage()).startsWith("no " + NAME + " in java.library.path")) {
                return false;
            }
            throw e;
        }
        if (!bound) {
            for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
                Path file = Path.of(folder, System.mapLibraryName(NAME));
                if (Files.isRegularFile(file)) {
                    loadCopy(file);
                    break;
                }
            }
        }
        return true;
    }

    private static String loadCopy(Path file) throws IOException {
        NativeCache.forLibrary(Files.readAllBytes(file), PLATFORM.fileName()).loadCopy(NativeLibrary::bindFile);
        return file.toString();
    }

    /** Takes the first library of this version: where Torus is shaded twice, both find the libraries of both. */
    private static String loadFromJar() throws IOException {
        String resource = PLATFORM.resource();
        List<URL> found = resources(resource);
        if (found.isEmpty()) {
            throw new IOException("no " + resource + " on the class path: add dev.torus:torus-native with classifier "
                    + PLATFORM.classifier());
        }
        for (int i = 0; ; i++) {
            boolean last = i + 1 == found.size();
            try (InputStream library = found.get(i).openStream()) {
                Path file = NativeCache.forLibrary(library.readAllBytes(), PLATFORM.fileName())
                        .load(NativeLibrary::bindFile);
                if (last || NativeBinding.abiVersion() == RingAbi.ABI_VERSION) {
                    return file.toString();
                }
            } catch (LinkageError e) {
                if (last) {
                    throw e;
                }
            }
        }
    }

    private static List<URL> resources(String name) throws IOException {
        ClassLoader loader = NativeLibrary.class.getClassLoader();
        return Collections.list(loader == null ? ClassLoader.getSystemResources(name) : loader.getResources(name));
    }

    private static boolean bindFile(Path file) {
        return bind(() -> System.load(file.toString()));
    }

    /**
     * Loads a library, which binds its functions to {@link NativeBinding}. False if another copy of Torus has loaded that file already:
     * its functions are then that one's, be it in the same class loader (loading does nothing) or in another (which is refused).
     */
    private static boolean bind(Runnable load) {
        // The library reads the property while it is loaded. This object is the one that all copies of Torus in a VM
        // share.
        synchronized (System.getProperties()) {
            String before = System.getProperty(BINDING_PROPERTY);
            System.setProperty(BINDING_PROPERTY, NativeBinding.class.getName());
            try {
                load.run();
                NativeBinding.abiVersion();
                return true;
            } catch (UnsatisfiedLinkError e) {
                String message = String.valueOf(e.getMessage());
                if (message.contains("already loaded in another classloader") || message.contains(".abiVersion")) {
                    return false;
                }
                throw e;
            } finally {
                if (before == null) {
                    System.clearProperty(BINDING_PROPERTY);
                } else {
                    System.setProperty(BINDING_PROPERTY, before);
                }
            }
        }
    }
}
