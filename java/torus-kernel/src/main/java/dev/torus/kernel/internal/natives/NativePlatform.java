package dev.torus.kernel.internal.natives;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Which library fits this machine: the classifier of its artifact and the name of its file. */
record NativePlatform(String classifier, String fileName) {
    static NativePlatform current() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x86-64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch_64";
            default -> System.getProperty("os.arch", "unknown");
        };
        if (os.startsWith("windows")) {
            return new NativePlatform("windows-" + arch, "torus.dll");
        }
        if (os.startsWith("mac") || os.startsWith("darwin")) {
            return new NativePlatform("osx-" + arch, "libtorus.dylib");
        }
        return new NativePlatform("linux-" + arch + (isMusl() ? "-musl" : ""), "libtorus.so");
    }

    /** musl's loader stands at a fixed place; a library for glibc would crash there instead of failing to load. */
    private static boolean isMusl() {
        return Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))
                        && !Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"))
                || Files.exists(Path.of("/lib/ld-musl-aarch64.so.1"))
                        && !Files.exists(Path.of("/lib/ld-linux-aarch64.so.1"));
    }

    String resource() {
        return "META-INF/native/" + classifier + "/" + fileName;
    }
}
