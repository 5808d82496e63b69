package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads libtorus once per class loader, or remembers why that failed. In this order: the file that {@code -Dtorus.native.path} names; the
 * library path ({@code -Djava.library.path}); the library in the jar of this platform's classifier, through
 * {@link NativeCache}.
 */
final class NativeLibrary {
    /** Tells the library which class its functions belong to. Not a class name, so relocating packages leaves it alone. */
    private static final String BINDING_PROPERTY = "torus.native.binding";

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
            bind(() -> System.load(file.toString()));
            return file.toString();
        }
        return loadFromLibraryPath() ? "java.library.path" : loadFromJar();
    }

    private static boolean loadFromLibraryPath() {
        try {
            bind(() -> System.loadLibrary("torus"));
            return true;
        } catch (UnsatisfiedLinkError e) {
            if (String.valueOf(e.getMessage()).startsWith("no torus in java.library.path")) {
                return false;
            }
            throw e;
        }
    }

    private static String loadFromJar() throws IOException {
        String resource = PLATFORM.resource();
        try (InputStream library = open(resource)) {
            if (library == null) {
                throw new IOException("no " + resource
                        + " on the class path: add dev.torus:torus-native with classifier " + PLATFORM.classifier());
            }
            NativeCache cache = NativeCache.forLibrary(library.readAllBytes(), PLATFORM.fileName());
            return cache.load(file -> bind(() -> System.load(file.toString()))).toString();
        }
    }

    private static InputStream open(String resource) {
        ClassLoader loader = NativeLibrary.class.getClassLoader();
        return loader == null ? ClassLoader.getSystemResourceAsStream(resource) : loader.getResourceAsStream(resource);
    }

    /** While the library is loaded it reads the property; two copies of Torus in one VM must not do so at the same time. */
    private static void bind(Runnable load) {
        // the one object that copies of Torus in different class loaders share
        synchronized (System.getProperties()) {
            String before = System.getProperty(BINDING_PROPERTY);
            System.setProperty(BINDING_PROPERTY, NativeBinding.class.getName());
            try {
                load.run();
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
