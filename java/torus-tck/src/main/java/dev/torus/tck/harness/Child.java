package dev.torus.tck.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the kit in a JVM of its own, behind shell commands such as {@code ulimit}. */
public final class Child {
    private static final Path SHELL = Path.of("/bin/sh");
    private static final long TIMEOUT_SECONDS = 120;

    private Child() {}

    /**
     * What came out.
     *
     * @param status exit code
     * @param output standard output and error
     */
    public record Result(int status, String output) {}

    /** Null if {@link #run} works here, otherwise why not. */
    public static String unavailableReason() {
        // Wine shows a Windows program the files of the system below, which it cannot run
        return !Emulation.isWindows() && Files.isExecutable(SHELL)
                ? null
                : "needs a POSIX shell to limit a child process";
    }

    /** Runs {@code main} with this JVM's own class path and the properties of the kit and the kernel. */
    public static Result run(String shellCommands, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(SHELL.toString(), "-c", shellCommands + "; exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx128m");
        command.add("-XX:+UseSerialGC");
        command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("torus.") || name.equals("java.library.path")) {
                command.add("-D" + name + "=" + System.getProperty(name));
            }
        }
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-cp");
        command.add(classPath());
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread killer = new Thread(() -> killLater(process), "tck-child-killer");
        killer.setDaemon(true);
        killer.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private static void killLater(Process process) {
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    private static String classPath() {
        List<String> parts = new ArrayList<>();
        for (String property : List.of("jdk.module.path", "java.class.path")) {
            String path = System.getProperty(property, "");
            if (!path.isEmpty()) {
                parts.add(path);
            }
        }
        parts.add(location());
        return String.join(File.pathSeparator, parts);
    }

    /** Where the kit's own classes lie: with a patched module neither property names them. */
    private static String location() {
        try {
            return Path.of(Child.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (java.net.URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
