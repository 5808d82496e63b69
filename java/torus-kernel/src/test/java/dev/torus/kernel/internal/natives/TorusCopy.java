package dev.torus.kernel.internal.natives;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A copy of Torus of its own, as a second application in the same VM has it: another class loader, so another {@link NativeLibrary} that
 * has not tried to load anything yet.
 */
final class TorusCopy implements AutoCloseable {
    private static final NativePlatform PLATFORM = NativePlatform.current();

    private final URLClassLoader loader;

    private TorusCopy(URLClassLoader loader) {
        this.loader = loader;
    }

    /** A copy whose class path begins with these folders. */
    static TorusCopy create(Path... first) throws IOException {
        List<Path> path = new ArrayList<>(List.of(first));
        path.addAll(classPath());
        return of(path);
    }

    /** As {@link #create}, without the jar of torus-native. */
    static TorusCopy createWithoutLibrary(Path... first) throws IOException {
        List<Path> path = classPath();
        path.removeIf(entry -> Files.exists(entry.resolve(PLATFORM.resource()))
                || entry.getFileName().toString().startsWith("torus-native"));
        path.addAll(0, List.of(first));
        return of(path);
    }

    private static List<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static TorusCopy of(List<Path> path) throws IOException {
        URL[] urls = new URL[path.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = path.get(i).toUri().toURL();
        }
        return new TorusCopy(new URLClassLoader(urls, ClassLoader.getPlatformClassLoader()));
    }

    /** The library in this build's class path; the test is skipped where it was not built. */
    static byte[] library() throws IOException {
        try (InputStream in = TorusCopy.class.getClassLoader().getResourceAsStream(PLATFORM.resource())) {
            assumeTrue(in != null, "no native library was built for this host");
            return in.readAllBytes();
        }
    }

    /** A folder for the front of a class path, in which the jar's library is replaced. */
    static Path folderWithLibrary(Path folder, byte[] content) throws IOException {
        Path file = folder.resolve(PLATFORM.resource());
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        return folder;
    }

    /** {@link NativeLibrary#failure} of this copy, while the system properties given are set. */
    String failure(Map<String, String> properties) throws ReflectiveOperationException {
        Map<String, String> before = new HashMap<>();
        properties.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
        try {
            return (String) call("failure");
        } finally {
            before.forEach((name, value) -> {
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
        }
    }

    /** {@link NativeLibrary#origin} of this copy. */
    String origin() throws ReflectiveOperationException {
        return (String) call("origin");
    }

    private Object call(String method) throws ReflectiveOperationException {
        Method found = loader.loadClass(NativeLibrary.class.getName()).getDeclaredMethod(method);
        found.setAccessible(true);
        return found.invoke(null);
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
