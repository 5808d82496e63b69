package dev.torus.loop.differential;

import dev.torus.kernel.KernelOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What generated programs are about, and so how they run. */
enum ProgramSort {
    /** One log of everything, in virtual time. */
    ORDER("operations.js", "generated.js"),
    /** Requests beside each other: on the pool, and on the ring where the backend has files there. */
    FILES("operations.js", "own-logs.js"),
    /** Servers and connections. */
    CONNECTIONS("operations.js", "own-logs.js", "connections.js");

    private final String preamble;

    ProgramSort(String... parts) {
        StringBuilder text = new StringBuilder();
        for (String part : parts) {
            text.append(part(part)).append('\n');
        }
        preamble = text.toString();
    }

    /** What programs begin with, by the name of its file. */
    static String part(String name) {
        try (InputStream in = ProgramSort.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Half of the seeds are about the order of everything. */
    static ProgramSort of(long seed) {
        return switch ((int) Math.floorMod(seed, 4L)) {
            case 0 -> FILES;
            case 2 -> CONNECTIONS;
            default -> ORDER;
        };
    }

    List<Statement> program(long seed) {
        return switch (this) {
            case ORDER -> ProgramGenerator.program(seed);
            case FILES -> OwnLogsGenerator.files(seed);
            case CONNECTIONS -> OwnLogsGenerator.connections(seed);
        };
    }

    String onNode(String program, VirtualNode node) throws Exception {
        String text = preamble + program;
        return ProgramsTest.inOwnFolder(folder -> this == ORDER ? node.run(text, folder) : RealNode.run(text, folder))
                .toString();
    }

    /** The kernels to compare on: one for each backend, and one more where files have a way of their own. */
    List<KernelOptions> kernels(List<String> backends) {
        List<KernelOptions> kernels = new ArrayList<>();
        for (String backend : backends) {
            kernels.add(kernel(backend, true));
            if (this == FILES && backend.equals("io_uring")) {
                kernels.add(kernel(backend, false));
            }
        }
        return kernels;
    }

    private static KernelOptions kernel(String backend, boolean filesOnPool) {
        return KernelOptions.builder().backend(backend).filesOnPool(filesOnPool).build();
    }

    NodeWorld.Output onLoop(String program, KernelOptions kernel) throws Exception {
        String text = preamble + program;
        return ProgramsTest.inOwnFolder(folder -> run(text, folder, kernel));
    }

    private NodeWorld.Output run(String text, Path folder, KernelOptions kernel) throws Exception {
        return this == ORDER ? NodeWorld.runInVirtualTime(text, folder, kernel) : NodeWorld.run(text, folder, kernel);
    }
}
