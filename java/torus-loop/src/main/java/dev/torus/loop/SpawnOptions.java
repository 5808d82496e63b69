package dev.torus.loop;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How a child process is started. Made by {@link #defaults()} and the methods below, each of which answers a changed copy.
 *
 * @param folder its working directory, or null for this process's
 * @param environment all its variables, or null for this process's
 * @param input where its standard input comes from
 * @param output where its standard output goes to
 * @param error where its standard error goes to
 */
public record SpawnOptions(Path folder, Map<String, String> environment, Stdio input, Stdio output, Stdio error) {
    /** What one of the three standard streams of a child is. */
    public enum Stdio {
        /** A stream of {@link ChildProcess}. */
        PIPE,
        /** That of this process. */
        INHERIT,
        /** Empty; what is written is dropped. */
        IGNORE
    }

    /** Copies the environment. */
    public SpawnOptions {
        environment = environment == null ? null : Map.copyOf(environment);
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(output, "output");
        Objects.requireNonNull(error, "error");
    }

    /** Folder and environment of this process, three pipes. */
    public static SpawnOptions defaults() {
        return new SpawnOptions(null, null, Stdio.PIPE, Stdio.PIPE, Stdio.PIPE);
    }

    /** See {@link #folder()}. */
    public SpawnOptions in(Path value) {
        return new SpawnOptions(value, environment, input, output, error);
    }

    /** See {@link #environment()}. */
    public SpawnOptions withEnvironment(Map<String, String> value) {
        return new SpawnOptions(folder, value, input, output, error);
    }

    /** One variable more than there were, or with another value. */
    public SpawnOptions withVariable(String name, String value) {
        Map<String, String> changed = new HashMap<>(environment == null ? System.getenv() : environment);
        changed.put(name, value);
        return withEnvironment(changed);
    }

    /** The three standard streams. */
    public SpawnOptions withStdio(Stdio in, Stdio out, Stdio err) {
        return new SpawnOptions(folder, environment, in, out, err);
    }

    /** The same for all three standard streams. */
    public SpawnOptions withStdio(Stdio all) {
        return withStdio(all, all, all);
    }
}
