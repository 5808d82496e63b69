#!/usr/bin/env python3
"""The microbenchmarks in sets, each with the parameters that make sense, as one JSON file for the report.

  jmh/micro.py                              every set: two hours
  jmh/micro.py --quick --sets queues        fewer cells and short iterations; without --sets all of them, three minutes
  jmh/micro.py --sets queues --quick --rounds 10 --queues torus-event,agrona-mpsc
  jmh/micro.py --realtime                   with real-time priority (root), for a machine that others use too

Sets: crossings (system calls at three levels, JNI and FFM; the newest JDK of this host), loop (a turn, a job, a timer), steps (what
a queue costs one thread), queues (throughput, consumer awake), parking (consumer asleep), sharing (false sharing of a ring's
indices). Queues are compared in interleaved rounds, each queue in a fresh JVM in each: two JVMs with the same queue differ more
than iterations in one do. NOPs have a script of their own, nop.py.

JMH itself: java -jar target/benchmarks.jar -h; -prof gc is always on; for perfasm and perfnorm, where the kernel offers hardware
counters, pass them after --: micro.py --sets queues -- -prof perfnorm.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from nop import HERE, JAR, ROOT, available_backends, build_jar, newest_java
from run import machine, shown_command  # of benchmarks/peers, which nop has put on the path

MPSC = ["torus-event", "torus-mpsc", "jctools-mpsc", "agrona-mpsc", "disruptor-mpsc", "linked", "transfer", "array-blocking"]
SPSC = ["torus-spsc", "jctools-spsc", "agrona-spsc", "disruptor-spsc"]
PARKING = ["torus-event", "jctools-blocking", "disruptor-blocking", "linked-blocking", "array-blocking", "transfer"]
QUICK = ["-f", "1", "-wi", "4", "-w", "120ms", "-i", "6", "-r", "70ms"]
QUICK_ROUND = ["-f", "1", "-wi", "3", "-w", "100ms", "-i", "5", "-r", "60ms"]
FULL = ["-f", "3", "-wi", "5", "-w", "500ms", "-i", "20", "-r", "200ms"]
FULL_ROUND = ["-f", "1", "-wi", "5", "-w", "500ms", "-i", "10", "-r", "200ms"]
ROUNDS = {"queues", "parking"}


def runs_of(name, options, backends):
    """[(pattern, parameters)] of a set."""

    def queues(pattern, names, pinned):
        chosen = [queue for queue in names if not options.queues or queue in options.queues.split(",")]
        return [(pattern, {"queue": ",".join(chosen), "pinned": pinned})] if chosen else []

    if name == "crossings":
        return [("SyscallLevels", {}), ("JniCrossing|ForeignCrossing", {})]
    if name == "loop":
        return [("LoopTurn", {"backend": ",".join(backends)})]
    if name == "sharing":
        return [("FalseSharing", {})]
    if name == "parking":
        if options.quick:
            return queues("ParkingThroughput.oneBusyProducer$", PARKING[:3], "true")
        return queues("ParkingThroughput", PARKING, "true,false")
    one = "QueueThroughput.oneProducer"
    if name == "steps":
        return [("QueueSteps", {})]
    if options.quick:
        return (
            queues(one + "$", MPSC[:6] + SPSC[:2], "true")
            + queues(one + "Drained$", ["torus-event", "agrona-mpsc", *SPSC[:2]], "true")
            + queues("QueueThroughput.twoProducers$", MPSC[:4], "true")
            + queues(one + "$", ["torus-event", "agrona-mpsc", *SPSC[:2]], "false")
        )
    many = "QueueThroughput.(two|four)Producers"
    return queues(one + "(Drained)?$", MPSC + SPSC, "true,false") + queues(many, MPSC, "true,false")


SETS = ["crossings", "loop", "steps", "queues", "parking", "sharing"]


def in_rounds(rounds):
    """One list of JMH's results of several: what one run measured is one fork in it, in the order of the rounds."""
    merged = {}
    for results in rounds:
        for entry in results:
            key = entry["benchmark"], json.dumps(entry.get("params"))
            known = merged.setdefault(key, entry)
            if known is not entry:
                for name, metric in metrics_of(entry).items():
                    if name in metrics_of(known):
                        metrics_of(known)[name]["rawData"] += metric["rawData"]
    for entry in merged.values():
        for metric in metrics_of(entry).values():
            metric["score"] = statistics.mean(value for fork in metric["rawData"] for value in fork)
    return list(merged.values())


def metrics_of(entry):
    """Those that have figures of each iteration, by name."""
    metrics = {"": entry["primaryMetric"], **entry.get("secondaryMetrics", {})}
    return {name: metric for name, metric in metrics.items() if metric.get("rawData")}


def measure(pattern, parameters, iterations, options):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "jmh.json")
        command = ["chrt", "-r", "1"] if options.realtime else []
        command += [options.java, "-jar", str(options.jar), pattern, *iterations]
        for key, value in parameters.items():
            command += ["-p", f"{key}={value}"]
        command += ["-prof", "gc", "-rf", "json", "-rff", out, *options.jmh]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in running.stdout:
            if line.startswith(("# Benchmark:", "# Parameters:", "# Run progress")) or "Exception" in line or "ERROR" in line:
                print(line.rstrip(), file=sys.stderr)
        running.wait()
        text = open(out, encoding="utf-8").read() if os.path.exists(out) else ""
        return json.loads(text) if text.strip() else []


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, help="of the queues; default 10, with --quick 3")
    parser.add_argument("--queues", help="only these, e.g. torus-event,agrona-mpsc; default: all that the set has")
    parser.add_argument("--backends", help="of the loop; default: every one that is here")
    parser.add_argument("--java", help="default: the newest JDK of this host")
    parser.add_argument("--jar", default=JAR)
    parser.add_argument("--json")
    parser.add_argument("--realtime", action="store_true", help="real-time scheduling (root)")
    parser.add_argument("jmh", nargs="*", help="options of JMH, after --")
    options = parser.parse_args(arguments)
    unknown = set(options.sets.split(",")) - set(SETS)
    if unknown:
        parser.error(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    build_jar(options.jar)
    options.java = options.java or newest_java()
    if options.realtime and not shutil.which("chrt"):
        parser.error("--realtime needs chrt")
    backends = options.backends.split(",") if options.backends else available_backends()
    results = []
    for name in options.sets.split(","):
        runs = runs_of(name, options, backends)
        if name in ROUNDS:
            iterations = QUICK_ROUND if options.quick else FULL_ROUND
            rounds = range(options.rounds or (3 if options.quick else 10))
            results += in_rounds([entry for run in runs for entry in measure(*run, iterations, options)] for _ in rounds)
        else:
            iterations = QUICK if options.quick else FULL
            results += [entry for run in runs for entry in measure(*run, iterations, options)]
    result = {
        "kind": "jmh",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "command": shown_command("benchmarks/jmh/micro.py", sys.argv[1:] if arguments is None else arguments),
        "results": results,
    }
    for entry in results:
        metric = entry.get("secondaryMetrics", {}).get("taken", entry["primaryMetric"])
        name = ".".join(entry["benchmark"].split(".")[-2:])
        parameters = " ".join(f"{key}={value}" for key, value in entry.get("params", {}).items())
        print(f"{name:42}{parameters:52}{metric['score']:10.2f} {metric['scoreUnit']}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(result, out)
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main())
