"""The servers that can be compared: how each is started, and whether it needs a long warm-up.

A command may use {torus} (the launcher of torus-tools), {before} (that of another build, to compare a change), {here} (this folder), {c} (the built C peers), {java} and {java25}.
Every server binds a port of its own choice and prints "listening HOST:PORT backend=NAME" when it is ready.
"""

from dataclasses import dataclass

NATIVE_WARMUP = 1.0
JIT_WARMUP = 6.0


@dataclass(frozen=True)
class Server:
    """One contestant: its command for an echo, for HTTP (or None), and the warm-up it needs before its first round."""

    echo: tuple
    http: tuple = None
    warmup_seconds: float = NATIVE_WARMUP


def _both(command, options=(), warmup=JIT_WARMUP):
    return Server(command + ("echo",) + options, command + ("http",) + options, warmup)


def _torus(backend, launcher="{torus}"):
    return _both((launcher,), ("--backend", backend))


def _loop(backend, *options, launcher="{torus}"):
    return Server((launcher, "loop-echo", "--backend", backend) + options, None, JIT_WARMUP)


def _netty(transport):
    java = ("{java}", "-cp", "{here}/java/target/classes:{here}/java/target/lib/*")
    options = ("--transport", transport)
    return Server(
        java + ("dev.torus.peers.NettyEcho",) + options, java + ("dev.torus.peers.NettyHttp",) + options, JIT_WARMUP
    )


def _java(java, main):
    return Server((java, "-cp", "{here}/java/target/classes", "dev.torus.peers." + main), None, JIT_WARMUP)


SERVERS = {
    "c-epoll": Server(("{c}/echo_epoll",)),
    "c-io_uring": Server(("{c}/echo_uring",)),
    "c-io_uring-64k": Server(("{c}/echo_uring", "--buffer", "65600", "--buffers", "32")),
    "torus-epoll": _torus("epoll"),
    "torus-io_uring": _torus("io_uring"),
    "torus-nio": _torus("nio"),
    "torus-loop-epoll": _loop("epoll"),
    "torus-loop-io_uring": _loop("io_uring"),
    "torus-loop-nio": _loop("nio"),
    "torus-loop-epoll-16k": _loop("epoll", "--stream-buffers", "0"),
    "torus-loop-io_uring-16k": _loop("io_uring", "--stream-buffers", "0"),
    "before-epoll": _torus("epoll", "{before}"),
    "before-io_uring": _torus("io_uring", "{before}"),
    "before-nio": _torus("nio", "{before}"),
    "before-loop-epoll": _loop("epoll", launcher="{before}"),
    "before-loop-io_uring": _loop("io_uring", launcher="{before}"),
    "netty-epoll": _netty("epoll"),
    "netty-io_uring": _netty("io_uring"),
    "netty-nio": _netty("nio"),
    "jdk-nio": _java("{java}", "NioEcho"),
    "virtual-threads": _java("{java25}", "BlockingEcho"),
    "node": _both(("node", "{here}/node/server.js")),
    "go": _both(("{here}/build/go-server",), warmup=NATIVE_WARMUP),
    "tokio": _both(("{here}/build/rust/release/server",), warmup=NATIVE_WARMUP),
}
