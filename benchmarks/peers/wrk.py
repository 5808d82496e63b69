"""HTTP load by wrk: one thread, keep-alive, and the CPU time that the server's process spent meanwhile."""

import os
import re
import subprocess
import time
from pathlib import Path

VARIED = Path(__file__).with_name("varied.lua")
UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}
LATENCY = re.compile(r"^\s+(50|75|90|99)%\s+([\d.]+)(us|ms|s|m)$", re.MULTILINE)
REQUESTS = re.compile(r"^\s+(\d+) requests in ([\d.]+)(us|ms|s|m),", re.MULTILINE)
ERRORS = re.compile(r"^\s+(Socket errors:.*|Non-2xx.*)$", re.MULTILINE)


def process_cpu(pid):
    """CPU seconds of a process: exact in all, and coarse in user and in system mode."""
    exact = sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    tick = 1.0 / os.sysconf("SC_CLK_TCK")
    return exact, int(after_name[11]) * tick, int(after_name[12]) * tick


def parse(text):
    """What wrk --latency printed, as c/load's JSON has it; requests that failed are an error."""
    wrong = ERRORS.search(text)
    requests = REQUESTS.search(text)
    if wrong or not requests or int(requests.group(1)) == 0:
        raise RuntimeError("wrk: " + (wrong.group(1) if wrong else text.strip() or "printed nothing"))
    latency = {f"p{name}": float(value) * UNITS[unit] for name, value, unit in LATENCY.findall(text)}
    seconds = float(requests.group(2)) * UNITS[requests.group(3)] / 1e6
    messages = int(requests.group(1))
    return {"messages": messages, "seconds": seconds, "per_second": messages / seconds, "latency_us": latency}


def _wrk(port, connections, seconds, before, varied):
    # whole seconds only: wrk knows no fractions
    command = [*before, "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    if varied:
        command += ["--script", str(VARIED)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/plaintext"], capture_output=True, text=True, timeout=seconds + 60
    )
    if done.returncode != 0:
        raise RuntimeError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    return parse(done.stdout)


def run(port, pid, connections, warmup, seconds, before, varied=False):
    """One round; as c/load prints it. Connecting is part of it, and so is the CPU time of that.

    Before: wrk's core and priority. Varied: every request has a target of its own.
    """
    if warmup >= 1:
        _wrk(port, connections, warmup, before, varied)
    early = process_cpu(pid)
    started = time.monotonic()
    result = _wrk(port, connections, seconds, before, varied)
    result["seconds"] = time.monotonic() - started
    late = process_cpu(pid)
    result["server"] = dict(zip(("cpu_s", "user_s", "system_s"), (last - first for last, first in zip(late, early))))
    return result
