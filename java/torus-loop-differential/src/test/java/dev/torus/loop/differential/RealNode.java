package dev.torus.loop.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs on the host's own Node, each in a process. */
final class RealNode {
    private static final long PATIENCE_SECONDS = 60;
    private static final int OLDEST = 20;

    private RealNode() {}

    /** Null, or why there is none that the rules are about. */
    static String unavailableReason() {
        try {
            Process process = new ProcessBuilder("node", "--version").start();
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            int major = Integer.parseInt(version.substring(1, version.indexOf('.')));
            return major < OLDEST ? "Node " + version.strip() + " is older than " + OLDEST : null;
        } catch (IOException e) {
            return "no node here: " + e.getMessage();
        }
    }

    static NodeWorld.Output run(String program, Path folder) throws IOException, InterruptedException {
        return run(program, folder, Map.of());
    }

    static NodeWorld.Output run(String program, Path folder, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("program.js"), program);
        Path out = folder.resolve("program.out");
        ProcessBuilder builder = new ProcessBuilder("node", file.toString())
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("node does not end:\n" + program);
        }
        NodeWorld.Output output = new NodeWorld.Output(Files.readAllLines(out), process.exitValue());
        Files.delete(file);
        Files.delete(out);
        return output;
    }
}
