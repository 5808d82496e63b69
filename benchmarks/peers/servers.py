"""The servers that can be compared: how each is started, and whether it needs a long warm-up.

A command may use {torus} (the launcher of torus-tools), {c} (the built C peers), {java} (the java command) and {peers} (built peers).
Every server binds a port of its own choice and prints "listening HOST:PORT backend=NAME" when it is ready.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """One contestant: its command for an echo, for HTTP (or None), and the warm-up it needs before its first round."""

    echo: tuple
    http: tuple = None
    warmup_seconds: float = 1.0


NATIVE_WARMUP = 1.0
JIT_WARMUP = 6.0


def _torus(backend):
    launcher = ("{torus}",)
    options = ("--backend", backend, "--host", "127.0.0.1", "--port", "0")
    return Server(launcher + ("echo",) + options, launcher + ("http",) + options, JIT_WARMUP)


SERVERS = {
    "c-epoll": Server(("{c}/echo_epoll",), None, NATIVE_WARMUP),
    "c-io_uring": Server(("{c}/echo_uring",), None, NATIVE_WARMUP),
    "c-io_uring-64k": Server(("{c}/echo_uring", "--buffer", "65536", "--buffers", "512"), None, NATIVE_WARMUP),
    "torus-epoll": _torus("epoll"),
    "torus-io_uring": _torus("io_uring"),
    "torus-nio": _torus("nio"),
}
