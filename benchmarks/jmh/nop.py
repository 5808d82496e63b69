#!/usr/bin/env python3
"""What one operation of the ring costs through Java beside the same in C, in interleaved rounds.

  jmh/nop.py                                        every backend here, batches of 1, 8, 64 and 512, five rounds: four minutes
  jmh/nop.py --batches 64 --rounds 3 --json nop.json
  jmh/nop.py --realtime                             with real-time priority (root), for a machine that others use too

Each round measures C (c/system_costs: liburing, the bare system call and more) and then each backend in a fresh JVM. A round's
figure is the median of short iterations, so that a neighbour's time slice does not count; the ratio to C's io_uring is taken
within each round. Beside them, of the newest JDK of this host: an empty call by JNI, by the foreign function interface, and by
that with the critical option. Needs benchmarks/jmh/target/benchmarks.jar (built if it is missing) and Linux.
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
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]

from run import machine, shown_command  # noqa: E402
from statistics_of_rounds import paired_ratio, spread  # noqa: E402

JAR = HERE / "target" / "benchmarks.jar"
ITERATIONS = ["-f", "1", "-wi", "4", "-w", "250ms", "-i", "9", "-r", "100ms"]
SHORT_ITERATIONS = ["-f", "1", "-wi", "3", "-w", "300ms", "-i", "7", "-r", "100ms"]
BESIDE = {
    "call": "C: a call of a function",
    "vdso_clock": "C: the clock, by the vDSO",
    "syscall": "C: the bare system call (getppid)",
    "thread_switch": "C: from one thread to another on the same processor",
}
CROSSINGS = {
    "JniCrossing.jniEmpty": "Java: an empty function by JNI",
    "ForeignCrossing.ffmEmpty": "Java: an empty function by FFM",
    "ForeignCrossing.ffmCriticalEmpty": "Java: an empty function by FFM, critical",
}


def raw_median(entry):
    """The median of all iterations of one of JMH's results."""
    return statistics.median(value for fork in entry["primaryMetric"]["rawData"] for value in fork)


def allocated(entry):
    return entry["secondaryMetrics"]["gc.alloc.rate.norm"]["score"]


def newest_java():
    command = f"source {ROOT}/ci/lib.sh && newest_java"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.strip()


def available_backends():
    done = subprocess.run([str(ROOT / "ci" / "torus"), "doctor", "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["backends"]
    entries = found.items() if isinstance(found, dict) else ((entry["name"], entry) for entry in found)
    return [name for name, entry in entries if entry["available"]]


def build_jar(jar=JAR):
    """Builds what is measured if it is not there: the jar, and what it needs of C where there is a compiler."""
    if Path(jar) == JAR and not JAR.exists():
        build = ["mvn", "-q", "-B", "-ntp", "-DskipTests", "-Dspotless.check.skip=true", "-pl", "benchmarks/jmh", "-am", "package"]
        subprocess.run(build, cwd=ROOT, check=True)
    made = subprocess.run(["make", "-k", "-s", "-C", str(HERE / "c")])
    if made.returncode != 0:
        print("not all of benchmarks/jmh/c was built (it needs a C compiler, jni.h and liburing)", file=sys.stderr)


class Nop:
    def __init__(self, options):
        self.options = options
        self.prefix = ["chrt", "-r", "1"] if options.realtime else []
        if shutil.which("taskset"):
            self.prefix += ["taskset", "-c", options.core]

    def c(self):
        program = HERE / "c" / "build" / "system_costs"
        if not program.exists():
            return {}
        command = [*self.prefix, str(program), "0.3"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def jmh(self, pattern, java="java", parameters=(), iterations=ITERATIONS):
        """JMH's results by benchmark's name, the last two parts of it."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "jmh.json"
            command = [*self.prefix, java, "-jar", str(self.options.jar), pattern, *iterations, *parameters]
            command += ["-prof", "gc", "-rf", "json", "-rff", str(out)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            results = json.loads(out.read_text()) if out.exists() and out.stat().st_size else []
            if not results:
                print(done.stdout[-2000:], file=sys.stderr)
        return {".".join(entry["benchmark"].split(".")[-2:]): entry for entry in results}

    def run(self):
        batches = [int(batch) for batch in self.options.batches.split(",")]
        pattern = "NopBatch.batch(" + "|".join(map(str, batches)) + ")$"
        costs = []
        found = {(backend, batch): [] for backend in self.options.backends for batch in batches}
        bytes_each = dict.fromkeys(found, 0.0)
        for number in range(self.options.rounds):
            costs.append(self.c())
            for backend in self.options.backends:
                results = self.jmh(pattern, parameters=["-p", f"backend={backend}"])
                for batch in batches:
                    entry = results[f"NopBatch.batch{batch}"]
                    found[backend, batch].append(raw_median(entry))
                    bytes_each[backend, batch] = max(bytes_each[backend, batch], allocated(entry))
                figures = ", ".join(f"{batch}: {found[backend, batch][-1]:.1f}" for batch in batches)
                print(f"round {number + 1}/{self.options.rounds} {backend:10} ns in batches of {figures}", file=sys.stderr)
        return [self.rows(batch, costs, found, bytes_each) for batch in batches], costs

    def rows(self, batch, costs, found, bytes_each):
        c = [cost[f"nop_{batch}"] for cost in costs if f"nop_{batch}" in cost]
        rows = [{"what": "C, io_uring", "ns": spread(c), "rounds": c}] if c else []
        for backend in self.options.backends:
            rounds = found[backend, batch]
            ratio = paired_ratio(rounds, c) if c and backend == "io_uring" else None
            rows.append(
                {"what": backend, "ns": spread(rounds), "rounds": rounds, "ratio": ratio, "bytes": bytes_each[backend, batch]}
            )
        return {"batch": batch, "rows": rows}

    def beside(self, costs):
        rows = [{"what": text, "ns": spread([cost[key] for cost in costs])} for key, text in BESIDE.items() if costs[0]]
        results = self.jmh("(Jni|Foreign)Crossing.*Empty$", newest_java(), iterations=SHORT_ITERATIONS)
        for name, text in CROSSINGS.items():
            if name in results:
                values = [value for fork in results[name]["primaryMetric"]["rawData"] for value in fork]
                rows.append({"what": text, "ns": spread(values)})
        return rows


def text_of(result):
    lines = []
    for part in result["batches"]:
        lines.append(f"one NOP in batches of {part['batch']}, ns")
        for row in part["rows"]:
            ratio = row.get("ratio")
            beside = f"  {ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}] of C" if ratio else ""
            size = f"  {row['bytes']:.3f} B" if "bytes" in row else ""
            ns = row["ns"]
            lines.append(f"  {row['what']:14}{ns['median']:8.1f} ({ns['min']:.1f} to {ns['max']:.1f}){size}{beside}")
    lines.append("beside them, ns")
    for row in result["beside"]:
        lines.append(f"  {row['what']:52}{row['ns']['median']:8.1f}")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", help="default: every one that is here")
    parser.add_argument("--batches", default="1,8,64,512")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", default="1", help="the processor; default 1")
    parser.add_argument("--jar", type=Path, default=JAR)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--realtime", action="store_true", help="real-time scheduling (root)")
    options = parser.parse_args(arguments)
    build_jar(options.jar)
    options.backends = options.backends.split(",") if options.backends else available_backends()
    if os.cpu_count() <= int(options.core):
        options.core = "0"
    nop = Nop(options)
    batches, costs = nop.run()
    result = {
        "kind": "nop",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "command": shown_command("benchmarks/jmh/nop.py", sys.argv[1:] if arguments is None else arguments),
        "rounds": options.rounds,
        "batches": batches,
        "beside": nop.beside(costs),
    }
    print(text_of(result))
    if options.json:
        options.json.write_text(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
