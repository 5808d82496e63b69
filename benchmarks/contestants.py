"""What files/files.py and wakeup/wakeup.py share: contestants that are started once and asked in interleaved rounds.

A contestant is a process that says "ready" and then answers each line with one line of JSON. C contestants are compiled from c/,
those in Java from java/ of the comparison's own folder.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "peers"))

from run import machine, shown_command  # noqa: E402


def parser_of(description, contestants, base):
    """The options that all of them have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contestants", default=",".join(contestants))
    parser.add_argument("--base", default=base, help=f"what the ratios are to; default {base}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--torus", default=str(ROOT / "ci" / "torus"))
    parser.add_argument("--json", type=Path)
    return parser


def names_of(parser, options, contestants):
    """The chosen contestants; ends the program if one is not known."""
    names = options.contestants.split(",")
    unknown = [name for name in names if name not in contestants]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(contestants)}")
    return names


def build(folder, torus, libraries=()):
    """Compiles c/*.c and java/ of a folder into its build/; what cannot be is told and left out. The class path."""
    made = folder / "build"
    made.mkdir(exist_ok=True)
    subprocess.run([torus, "doctor"], check=False, stdout=subprocess.DEVNULL)  # builds what ci/torus runs
    classpath = (ROOT / "build" / "torus.classpath").read_text()
    commands = [
        ["cc", "-O2", "-pthread", "-o", str(made / source.stem), str(source), *libraries] for source in (folder / "c").glob("*.c")
    ]
    sources = [str(file) for file in sorted((folder / "java").rglob("*.java"))]
    commands.append(["javac", "-nowarn", "-d", str(made / "classes"), "-cp", classpath, *sources])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"not built: {command[0]}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return f"{made / 'classes'}:{classpath}"


def java(classpath, main):
    return ["java", "-XX:+UseSerialGC", "-cp", classpath, main]


class Contestant:
    """A process that answers."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{name} did not start")

    def ask(self, *words):
        """The answer to a line of these words."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def start_all(names, command_of):
    """Those that start; who does not is told and left out."""
    started = []
    for name in names:
        try:
            started.append(Contestant(name, command_of(name)))
        except (RuntimeError, OSError) as failure:
            print(f"left out: {failure}", file=sys.stderr)
    return started


def interleaved(contestants, rounds, run):
    """{name: [what run(contestant) returned in each round]}."""
    found = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            found[contestant.name].append(run(contestant))
    return found


def result_of(kind, script, options, arguments=None):
    """The head of the JSON; arguments: of main, None for those of the program."""
    return {
        "kind": kind,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "command": shown_command(script, sys.argv[1:] if arguments is None else arguments),
        "base": options.base,
        "cells": {},
    }


def write(result, path):
    if path:
        path.write_text(json.dumps(result, indent=1) + "\n")
