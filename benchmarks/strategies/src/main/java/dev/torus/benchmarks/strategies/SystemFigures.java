package dev.torus.benchmarks.strategies;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What all processors did since the machine started, from /proc/stat: context switches, interrupts, softirqs. */
record SystemFigures(long contextSwitches, long interrupts, long softirqs) {
    static SystemFigures now() throws IOException {
        String stat = Files.readString(Path.of("/proc/stat"));
        return new SystemFigures(first(stat, "ctxt"), first(stat, "intr"), first(stat, "softirq"));
    }

    SystemFigures since(SystemFigures before) {
        return new SystemFigures(
                contextSwitches - before.contextSwitches, interrupts - before.interrupts, softirqs - before.softirqs);
    }

    /** The total stands first in a line, the parts follow. */
    static long first(String stat, String name) {
        return stat.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                .findFirst()
                .orElse(0);
    }
}
