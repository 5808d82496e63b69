#!/usr/bin/env python3
"""Files: Torus on the ring and by its pool, beside C on io_uring, FileChannel on a pool, AsynchronousFileChannel and Node.

  files.py                                              everything, about half an hour
  files.py --cells read:random:4096 --rounds 5 --seconds 2 --json files.json
  files.py --contestants c-io_uring,torus-ring,java-async

A cell is OPERATION:ORDER:BYTES: read, write, sync (a write and the fdatasync behind it), open (and close), stat. Every contestant
keeps --depth operations in flight on one file of --mib MiB that the page cache holds, so that what is measured is the way to
the data and not the disk. All are started once, pinned to one processor, so that operations per second compare means and not
how many processors a pool keeps busy; in each round each runs the cell once, one after the other.

First figures: operations per second, and CPU time of the contestant's process per operation, the system's own threads for it
included. Ratios are to --base, within a round, then their median with a 95 % bootstrap interval.
"""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import contestants as shared  # noqa: E402
from peers.statistics_of_rounds import paired_ratio, spread  # noqa: E402

CELLS = [
    "read:random:4096", "read:sequential:4096", "read:random:65536", "read:sequential:65536",
    "write:random:4096", "write:sequential:4096", "write:random:65536", "write:sequential:65536",
    "sync:random:4096", "open:random:0", "stat:random:0",
]  # fmt: skip
OPERATIONS = ("read", "write", "sync", "open", "stat")
JAVA = "dev.torus.benchmarks.files."
# the class in Java, or the command; what follows the file and its size
CONTESTANTS = {
    "c-io_uring": ([str(HERE / "build" / "files_uring")], []),
    "torus-ring": (JAVA + "TorusFiles", []),
    "torus-pool": (JAVA + "TorusFiles", ["--pool"]),
    "java-pool": (JAVA + "JdkFiles", []),
    "java-async": (JAVA + "JdkFiles", ["--async"]),
    "node": (["node", str(HERE / "node" / "files.mjs")], []),
}


def parse_cell(text):
    """(operation, order, bytes) of a cell; ValueError names what is wrong."""
    parts = text.split(":")
    if len(parts) != 3 or parts[0] not in OPERATIONS or parts[1] not in ("random", "sequential"):
        raise ValueError(f"{text} is no cell: OPERATION:ORDER:BYTES, one of {', '.join(OPERATIONS)}")
    size = int(parts[2])
    if not 0 <= size <= 65536 or (size == 0) != (parts[0] in ("open", "stat")):
        raise ValueError(f"{text}: BYTES is 1 to 65536, and 0 for open and stat")
    return parts[0], parts[1], max(1, size)


def cpu_seconds(pid):
    """CPU time of a process, all threads that it has or had: clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def command_of(name, classpath, file, size, core):
    command, after = CONTESTANTS[name]
    command = shared.java(classpath, command) if isinstance(command, str) else command
    pinned = ["taskset", "-c", core] if core else []
    return [*pinned, *command, str(file), str(size), *after]


def run(contestant, cell, depth, seconds):
    """Figures of one run of a cell."""
    operation, order, size = parse_cell(cell)
    before = cpu_seconds(contestant.process.pid)
    result = contestant.ask(operation, order, size, depth, seconds)
    cpu = cpu_seconds(contestant.process.pid) - before
    return {
        "per_second": result["operations"] / result["seconds"],
        "cpu_us": cpu / result["operations"] * 1e6,
        "workers": result["workers"],
        "bytes_per_operation": result["allocated"] / result["operations"] if "allocated" in result else None,
    }


def summary(rounds, base):
    """Spreads and ratios of all contestants of a cell; rounds: {name: [figures]}."""
    rows = {}
    for name, figures in rounds.items():
        rows[name] = {key: spread([figure[key] for figure in figures]) for key in ("per_second", "cpu_us")}
        rows[name]["workers"] = max(figure["workers"] for figure in figures)
        allocated = [figure["bytes_per_operation"] for figure in figures if figure["bytes_per_operation"] is not None]
        rows[name]["bytes_per_operation"] = spread(allocated)["median"] if allocated else None
        if base in rounds:
            for key in ("per_second", "cpu_us"):
                rows[name]["ratio_" + key] = paired_ratio(
                    [figure[key] for figure in figures], [figure[key] for figure in rounds[base]]
                )
    return rows


def show(cell, rows):
    print(f"\n{cell}")
    print(f"  {'contestant':<12} {'per second':>12} {'ratio':>8} {'CPU µs':>9} {'ratio [95 %]':>20} {'B/op':>8} {'workers':>8}")
    for name, row in rows.items():
        speed = f"{row['ratio_per_second']['median']:.2f}" if "ratio_per_second" in row else "–"
        cpu = row.get("ratio_cpu_us")
        cpu_text = f"{cpu['median']:.2f} [{cpu['low']:.2f}, {cpu['high']:.2f}]" if cpu else "–"
        allocated = "–" if row["bytes_per_operation"] is None else f"{row['bytes_per_operation']:.1f}"
        print(
            f"  {name:<12} {row['per_second']['median']:>12.0f} {speed:>8} {row['cpu_us']['median']:>9.3f} {cpu_text:>20} "
            f"{allocated:>8} {row['workers']:>8}",
            flush=True,
        )


def main(arguments=None):
    parser = shared.parser_of(__doc__, CONTESTANTS, "c-io_uring")
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run; default 2")
    parser.add_argument("--warmup", type=float, default=3.0, help="seconds of each cell before its first round; default 3")
    parser.add_argument("--depth", type=int, default=32, help="operations in flight; default 32, at most 256")
    parser.add_argument("--mib", type=int, default=256, help="size of the file; default 256")
    parser.add_argument("--core", default="0", help="processor that each is pinned to; empty: not pinned; default 0")
    parser.add_argument("--folder", type=Path, default=shared.ROOT / "build", help="where the file is made; default build/")
    options = parser.parse_args(arguments)
    names, cells = shared.names_of(parser, options, CONTESTANTS), options.cells.split(",")
    for cell in cells:
        try:
            parse_cell(cell)
        except ValueError as wrong:
            parser.error(str(wrong))
    classpath = shared.build(HERE, options.torus, ["-luring"])
    size = options.mib << 20
    file = options.folder / "torus-files.tmp"
    with open(file, "wb") as out:
        for _ in range(options.mib):
            out.write(b"x" * (1 << 20))
    result = shared.result_of("files", "benchmarks/files/files.py", options, arguments)
    result.update(depth=options.depth, mib=options.mib)
    contestants = shared.start_all(names, lambda name: command_of(name, classpath, file, size, options.core))
    try:
        for cell in cells:
            for contestant in contestants:
                run(contestant, cell, options.depth, options.warmup)
            rounds = shared.interleaved(
                contestants,
                options.rounds,
                lambda contestant, cell=cell: run(contestant, cell, options.depth, options.seconds),
            )
            result["cells"][cell] = summary(rounds, options.base)
            show(cell, result["cells"][cell])
    finally:
        for contestant in contestants:
            contestant.close()
        file.unlink()
    shared.write(result, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
