package dev.torus.benchmarks.strategies;

import java.io.PrintStream;
import java.util.Locale;

/** Rows for people, as they come. */
final class Table {
    private final PrintStream out;
    private boolean begun;

    Table(PrintStream out) {
        this.out = out;
    }

    void print(Row row) {
        if (!begun) {
            begun = true;
            out.println("strategy       clients round  requests/s   p50 µs   p99 µs p99.9 µs"
                    + "  user µs   sys µs  RSS MiB threads switches/request interrupts softirqs");
        }
        out.println(String.format(
                Locale.ROOT,
                "%-14s %7d %5d %11.0f %8.0f %8.0f %8.0f %8.2f %8.2f %8.0f %7d %8.2f+%-7.2f %10.2f %8.2f",
                row.strategy(),
                row.clients(),
                row.round(),
                row.requestsPerSecond(),
                row.p50Micros(),
                row.p99Micros(),
                row.p999Micros(),
                row.userMicros(),
                row.systemMicros(),
                row.residentMib(),
                row.threads(),
                row.voluntarySwitches(),
                row.involuntarySwitches(),
                row.machineInterrupts(),
                row.machineSoftirqs()));
    }
}
