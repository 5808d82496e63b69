#!/usr/bin/env python3
"""A million timers armed and cancelled, and a million armed and fired: Torus beside Netty, the JDK and Node.

  benchmarks/timers/run.py --output build/bench/timers.json

Rounds are interleaved: each subject once per round, in a process of its own, after warming up. CPU time is that of all Java
threads (of the process in Node), without the compiler's and the collector's; bytes are what was allocated per timer (in Node:
what an armed timer holds). Netty's wheel arms and cancels on the caller's thread and works on its own; both count.
"""

import argparse
import datetime
import json
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLASSPATH = ROOT / "build" / "timers.classpath"
JVM_SUBJECTS = ["torus", "netty-wheel", "netty-loop", "jdk-executor"]


def build():
    CLASSPATH.parent.mkdir(parents=True, exist_ok=True)
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
    command = ["mvn", "-q", "-B", "-ntp", "-DskipTests", "-Dspotless.check.skip=true", "-pl", "benchmarks/timers", "-am", "package"]
    subprocess.run([*command, plugin, f"-Dmdep.outputFile={CLASSPATH}", "-Dmdep.includeScope=runtime"], cwd=ROOT, check=True, stdout=sys.stderr)


def commands(java, count):
    classpath = f"{ROOT / 'benchmarks/timers/target/classes'}:{CLASSPATH.read_text().strip()}"
    # a heap in which a million timers of any subject need no collection to speak of
    jvm = [java, "-Xms2g", "-Xmx2g", "-XX:+UseSerialGC", "-cp", classpath, "dev.torus.benchmarks.timers.TimersBenchmark"]
    made = {name: [*jvm, name, str(count)] for name in JVM_SUBJECTS}
    if shutil.which("node"):
        made["node"] = ["node", "--expose-gc", "--max-old-space-size=2048", "--max-semi-space-size=256", str(Path(__file__).parent / "timers.js"), str(count)]
    return made


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summary(rounds):
    rows = {}
    for name in rounds[0]:
        rows[name] = {
            kind: {
                "ns": spread([measured[name][kind]["ns"] for measured in rounds]),
                "bytes": None if rounds[0][name][kind]["bytes"] is None else statistics.median(measured[name][kind]["bytes"] for measured in rounds),
            }
            for kind in ("cancelled", "fired")
        }
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--java", default="java")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    if not options.no_build:
        build()
    subjects = commands(options.java, options.count)
    rounds = []
    for number in range(options.rounds):
        measured = {}
        for name, command in subjects.items():
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            measured[name] = json.loads(out.splitlines()[-1])
        rounds.append(measured)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    result = {
        "kind": "timers",
        "command": "benchmarks/timers/run.py " + " ".join(sys.argv[1:]),
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "kernel": platform.release(), "machine": platform.machine()},
        "count": options.count,
        "rounds": rounds,
        "subjects": summary(rounds),
    }
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(result, indent=1) + "\n")
    for name, row in result["subjects"].items():
        for kind in ("cancelled", "fired"):
            ns, size = row[kind]["ns"], row[kind]["bytes"]
            print(f"{name:14}{kind:10}{ns['median']:8.0f} ns ({ns['min']:.0f}-{ns['max']:.0f})" + ("" if size is None else f"{size:8.0f} B"))


if __name__ == "__main__":
    main()
