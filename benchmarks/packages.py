"""Sees to it that the Python packages of requirements.txt are there: in a virtual environment of the build tree if need be."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"
VENV = REQUIREMENTS.parent.parent / "build" / "venv"


def ensure(*modules):
    """Returns if all modules can be imported; otherwise the program starts again in build/venv, which is made first."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    if Path(sys.prefix) == VENV:
        sys.exit(f"{' or '.join(modules)} is not in build/venv; delete that folder and try again")
    python = VENV / "bin" / "python"
    done = VENV / "requirements.done"
    if not done.exists() or done.read_text() != REQUIREMENTS.read_text():
        print(f"installing {', '.join(modules)} into build/venv", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)], check=True)
        done.write_text(REQUIREMENTS.read_text())
    os.execv(python, [str(python), *sys.argv])
