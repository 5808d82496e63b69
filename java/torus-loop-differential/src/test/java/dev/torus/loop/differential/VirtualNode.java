package dev.torus.loop.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Real Node whose clock is the one of {@code virtual_clock.c}. */
final class VirtualNode {
    private static final Path SOURCE = Path.of("src", "test", "native", "virtual_clock.c");

    private final Map<String, String> environment;

    private VirtualNode(Path library) {
        // libuv would wait for files in io_uring, where nobody sees it
        environment = Map.of("LD_PRELOAD", library.toString(), "UV_USE_IO_URING", "0");
    }

    /** Null, or why there is none here. */
    static String unavailableReason() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return "the virtual clock is for Linux";
        }
        try {
            return new ProcessBuilder("cc", "--version")
                                    .redirectErrorStream(true)
                                    .start()
                                    .waitFor()
                            == 0
                    ? null
                    : "cc does not work";
        } catch (IOException e) {
            return "no C compiler for the virtual clock: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** Compiles the clock into a folder. */
    static VirtualNode in(Path folder) throws IOException, InterruptedException {
        Path library = folder.resolve("virtual_clock.so");
        Path log = folder.resolve("cc.log");
        Process cc = new ProcessBuilder(
                        "cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), SOURCE.toString(), "-ldl")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!cc.waitFor(60, TimeUnit.SECONDS) || cc.exitValue() != 0) {
            throw new IOException("cc: " + Files.readString(log));
        }
        return new VirtualNode(library);
    }

    NodeWorld.Output run(String program, Path folder) throws IOException, InterruptedException {
        return RealNode.run(program, folder, environment);
    }
}
