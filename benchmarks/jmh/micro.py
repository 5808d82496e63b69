#!/usr/bin/env python3
"""The microbenchmarks in sets, each with the parameters that make sense, as one JSON file for the report.

  jmh/micro.py                              every set, three JVMs each: two hours
  jmh/micro.py --quick --sets queues        one JVM each and short iterations; without --sets all of them, two minutes
  jmh/micro.py --realtime                   with real-time priority (root), for a machine that others use too

Sets: crossings (system calls at three levels, JNI and FFM; the newest JDK of this host), loop (a turn, a job, a timer),
queues (throughput, consumer awake), parking (consumer asleep), sharing (false sharing of a ring's indices). NOPs have a script of
their own, nop.py. JMH itself: java -jar target/benchmarks.jar -h; -prof gc is always on; for perfasm and perfnorm, where the
kernel offers hardware counters, pass them after --: micro.py --sets queues -- -prof perfnorm.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from nop import HERE, JAR, ROOT, available_backends, build_jar, newest_java
from run import machine, shown_command  # of benchmarks/peers, which nop has put on the path

ALL_MPSC = "torus-event,torus-mpsc,jctools-mpsc,agrona-mpsc,disruptor-mpsc,linked,transfer,array-blocking"
ALL_SPSC = "torus-spsc,jctools-spsc,agrona-spsc,disruptor-spsc"
QUICK_MPSC = "torus-event,jctools-mpsc,agrona-mpsc,disruptor-mpsc,linked"
QUICK_SPSC = "torus-spsc,jctools-spsc"
QUICK_UNBOUND = "torus-event,jctools-mpsc,torus-spsc,jctools-spsc"
QUICK = ["-f", "1", "-wi", "4", "-w", "150ms", "-i", "8", "-r", "80ms"]
FULL = ["-f", "3", "-wi", "5", "-w", "500ms", "-i", "20", "-r", "200ms"]


def runs_of(name, quick, backends):
    """[(pattern, parameters)] of a set."""
    if name == "crossings":
        return [("SyscallLevels", {}), ("JniCrossing|ForeignCrossing", {})]
    if name == "loop":
        return [("LoopTurn", {"backend": ",".join(backends)})]
    if name == "sharing":
        return [("FalseSharing", {})]
    if name == "parking":
        shapes = "ParkingThroughput." + ("oneBusyProducer$" if quick else "")
        return [(shapes, {"pinned": "true"} if quick else {})]
    one = "QueueThroughput.oneProducer(Drained)?$"
    if quick:
        return [
            (one, {"queue": QUICK_MPSC + "," + QUICK_SPSC, "pinned": "true"}),
            ("QueueThroughput.oneProducer$", {"queue": QUICK_UNBOUND, "pinned": "false"}),
            ("QueueThroughput.twoProducers$", {"queue": QUICK_MPSC, "pinned": "true"}),
        ]
    many = "QueueThroughput.(two|four)Producers"
    return [(one, {"queue": ALL_MPSC + "," + ALL_SPSC}), (many, {"queue": ALL_MPSC})]


SETS = ["crossings", "loop", "queues", "parking", "sharing"]


def measure(pattern, parameters, options):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "jmh.json")
        command = ["chrt", "-r", "1"] if options.realtime else []
        command += [options.java, "-jar", str(options.jar), pattern, *(QUICK if options.quick else FULL)]
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
        for pattern, parameters in runs_of(name, options.quick, backends):
            results += measure(pattern, parameters, options)
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
