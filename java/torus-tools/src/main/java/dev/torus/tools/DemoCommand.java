package dev.torus.tools;

import dev.torus.tools.demo.Demo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code torus demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Runs the same program on every backend here, then measures an echo on each (half a minute).")
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "256",
            description = "Connections of the echo; default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--bytes",
            paramLabel = "N",
            defaultValue = "64",
            description = "Bytes of a message, up to 4096; default ${DEFAULT-VALUE}.")
    private int bytes;

    @Override
    public Integer call() throws Exception {
        if (connections < 1 || bytes < 1 || bytes > 4096) {
            throw new IllegalArgumentException("--connections and --bytes are at least 1, --bytes at most 4096");
        }
        boolean same = new Demo(System.out, Terminal.isInteractive()).run(connections, bytes);
        return same ? 0 : Torus.FAILED;
    }
}
