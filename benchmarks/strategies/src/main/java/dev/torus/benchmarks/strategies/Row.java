package dev.torus.benchmarks.strategies;

/**
 * One measurement: a strategy with so many clients. Times per request in µs, memory in MiB, counts per request; the last
 * three are of the whole machine, the clients included.
 */
record Row(
        String strategy,
        int clients,
        int round,
        double requestsPerSecond,
        double p50Micros,
        double p99Micros,
        double p999Micros,
        double userMicros,
        double systemMicros,
        double residentMib,
        long threads,
        double voluntarySwitches,
        double involuntarySwitches,
        double machineSwitches,
        double machineInterrupts,
        double machineSoftirqs) {
    static Row of(
            String strategy,
            int clients,
            int round,
            HashLoad.Result result,
            ProcessFigures before,
            ProcessFigures after,
            SystemFigures machine) {
        double n = result.answers();
        return new Row(
                strategy,
                clients,
                round,
                n / result.seconds(),
                result.latency().getValueAtPercentile(50) / 1e3,
                result.latency().getValueAtPercentile(99) / 1e3,
                result.latency().getValueAtPercentile(99.9) / 1e3,
                (after.userMillis() - before.userMillis()) * 1e3 / n,
                (after.systemMillis() - before.systemMillis()) * 1e3 / n,
                after.residentKib() / 1024.0,
                after.threads(),
                (after.voluntary() - before.voluntary()) / n,
                (after.involuntary() - before.involuntary()) / n,
                machine.contextSwitches() / n,
                machine.interrupts() / n,
                machine.softirqs() / n);
    }
}
