package dev.torus.tools.doctor;

import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Examines the machine: every backend that is there is opened and makes a turn, so what is reported as working worked. */
public final class Doctor {
    private static final long NOP_TOKEN = 42;

    /**
     * The report; "healthy" is true when a backend is chosen and every available one works. The calling thread must not own a
     * kernel of its own.
     */
    public Map<String, Object> examine() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("torus", System.getProperty("torus.version", implementationVersion()));
        report.put("platform", platform());
        report.put("jdk", jdk());
        Explanation explanation = IoKernel.explain();
        report.put("backend", explanation.chosen());
        report.put("because", explanation.because());
        List<Map<String, Object>> backends = new ArrayList<>();
        boolean healthy = explanation.chosen() != null;
        for (Explanation.Candidate candidate : explanation.candidates()) {
            Map<String, Object> entry = backend(candidate);
            backends.add(entry);
            healthy &= !entry.containsKey("failure");
        }
        report.put("backends", backends);
        report.put("limits", Limits.read());
        report.put("healthy", healthy);
        return report;
    }

    private static String implementationVersion() {
        String version = IoKernel.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }

    private static Map<String, Object> platform() {
        Map<String, Object> platform = new LinkedHashMap<>();
        platform.put("os", System.getProperty("os.name"));
        platform.put("version", System.getProperty("os.version"));
        platform.put("arch", System.getProperty("os.arch"));
        platform.put("processors", Runtime.getRuntime().availableProcessors());
        return platform;
    }

    private static Map<String, Object> jdk() {
        Map<String, Object> jdk = new LinkedHashMap<>();
        jdk.put("version", System.getProperty("java.version"));
        jdk.put("vm", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        jdk.put("vendor", System.getProperty("java.vendor"));
        return jdk;
    }

    private static Map<String, Object> backend(Explanation.Candidate candidate) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", candidate.name());
        entry.put("available", candidate.unavailableReason() == null);
        if (candidate.unavailableReason() != null) {
            entry.put("reason", candidate.unavailableReason());
            return entry;
        }
        try {
            tryOut(candidate.name(), entry);
        } catch (Exception | LinkageError e) {
            entry.put("failure", e.toString());
        }
        return entry;
    }

    /** Opens it on a thread of its own, which a kernel is bound to, and makes a turn. */
    private static void tryOut(String name, Map<String, Object> entry) throws InterruptedException {
        Thread thread = new Thread(
                () -> {
                    try (IoKernel kernel =
                            IoKernel.open(KernelOptions.builder().backend(name).build())) {
                        entry.put("description", kernel.backend().description());
                        entry.put("nopNanos", nop(kernel));
                    } catch (Exception | LinkageError e) {
                        entry.put("failure", e.toString());
                    }
                },
                "torus-doctor-" + name);
        thread.start();
        thread.join();
    }

    private static long nop(IoKernel kernel) {
        boolean[] done = new boolean[1];
        long start = System.nanoTime();
        long deadline = start + TimeUnit.SECONDS.toNanos(5);
        kernel.nop(NOP_TOKEN);
        while (!done[0]) {
            kernel.enter(deadline - System.nanoTime());
            kernel.drain((token, result, flags) -> done[0] = token == NOP_TOKEN && result == 0);
            if (!done[0] && System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("an empty operation did not complete within 5 s");
            }
        }
        return System.nanoTime() - start;
    }

    /** First line of a small file, or null. */
    static String firstLine(Path file) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return lines.isEmpty() ? null : lines.get(0).strip();
        } catch (IOException | SecurityException e) {
            return null;
        }
    }
}
