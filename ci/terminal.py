"""Runs a command on a terminal of its own, copies what it shows to standard output and ends with its code.

    ci/terminal.py SECONDS COMMAND [ARGUMENT…]
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

ROWS, COLUMNS = 50, 200
CHUNK = 4096


def main(seconds, command):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    deadline = time.monotonic() + seconds
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            os.kill(child, 9)
            sys.exit(f"no end within {seconds} seconds: {' '.join(command)}")
        try:
            shown = os.read(terminal, CHUNK)
        except OSError:  # Linux' way of telling the end of a terminal
            shown = b""
        if not shown:
            break
        sys.stdout.buffer.write(shown)
        sys.stdout.buffer.flush()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
