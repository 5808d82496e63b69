package dev.torus.tools.doctor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Limits that decide what a backend can do: descriptors, locked memory, io_uring's switch, seccomp. */
final class Limits {
    private Limits() {}

    static Map<String, Object> read() {
        Map<String, Object> limits = new LinkedHashMap<>();
        var system = ManagementFactory.getOperatingSystemMXBean();
        if (system instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
            limits.put("openFiles", unix.getMaxFileDescriptorCount());
            limits.put("openFilesNow", unix.getOpenFileDescriptorCount());
        }
        if (Files.isReadable(Path.of("/proc/self/limits"))) {
            limits.put("lockedMemory", procLimit("Max locked memory"));
            limits.put("kernel", Doctor.firstLine(Path.of("/proc/sys/kernel/osrelease")));
            limits.put("io_uring_disabled", ioUringDisabled());
            limits.put("seccomp", seccomp());
            limits.put("somaxconn", Doctor.firstLine(Path.of("/proc/sys/net/core/somaxconn")));
        }
        return limits;
    }

    private static String procLimit(String name) {
        String line = lineStarting("/proc/self/limits", name);
        if (line == null) {
            return null;
        }
        // Soft and hard limit and unit, in columns: "Max locked memory   8388608   8388608   bytes"
        String[] columns = line.substring(name.length()).strip().split("\\s+");
        return columns[0] + (columns.length > 2 && !columns[0].equals("unlimited") ? " " + columns[2] : "");
    }

    private static String ioUringDisabled() {
        String value = Doctor.firstLine(Path.of("/proc/sys/kernel/io_uring_disabled"));
        if (value == null) {
            return "no such switch (older kernel)";
        }
        return switch (value) {
            case "0" -> "0 (allowed)";
            case "1" -> "1 (only for privileged processes and io_uring_group)";
            case "2" -> "2 (disabled)";
            default -> value;
        };
    }

    private static String seccomp() {
        String line = lineStarting("/proc/self/status", "Seccomp:");
        String mode = line == null ? "" : line.substring("Seccomp:".length()).strip();
        return switch (mode) {
            case "0" -> "off";
            case "1" -> "strict";
            case "2" -> "filtered (a container's profile may forbid io_uring)";
            default -> null;
        };
    }

    private static String lineStarting(String file, String start) {
        try {
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
        } catch (IOException e) {
            return null;
        }
        return null;
    }
}
