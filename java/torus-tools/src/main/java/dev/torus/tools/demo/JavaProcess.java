package dev.torus.tools.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child JVM with the same options and paths as this one, so that what it costs is its own. */
final class JavaProcess implements AutoCloseable {
    private static final long END_SECONDS = 10;

    private final Process process;
    private final BufferedReader output;
    private final OutputStream input;

    /** Starts a main class that this JVM can see, with arguments. Standard error is this process' own. */
    JavaProcess(List<String> jvmOptions, Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // a debugger or an agent of this process listens already
            if (!option.startsWith("-agentlib") && !option.startsWith("-javaagent")) {
                command.add(option);
            }
        }
        command.addAll(jvmOptions);
        addPaths(command, main);
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        input = process.getOutputStream();
    }

    private static void addPaths(List<String> command, Class<?> main) {
        String classPath = System.getProperty("java.class.path", "");
        if (!classPath.isEmpty()) {
            command.add("-cp");
            command.add(classPath);
        }
        if (main.getModule().isNamed()) {
            String modulePath = System.getProperty("jdk.module.path", "");
            if (!modulePath.isEmpty() && !command.contains("--module-path=" + modulePath)) {
                command.add("--module-path=" + modulePath);
            }
            command.add("--module=" + main.getModule().getName() + "/" + main.getName());
        } else {
            command.add(main.getName());
        }
    }

    /** The next line it prints. */
    String readLine() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the process ended unexpectedly");
        }
        return line;
    }

    /** Everything it prints until it ends by itself. */
    List<String> readAll() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    void writeLine(String line) throws IOException {
        input.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    int waitFor() throws InterruptedException {
        return process.waitFor();
    }

    /** Closes its standard input, which ends it, and waits; kills it if it does not. */
    @Override
    public void close() throws IOException {
        try {
            input.close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
