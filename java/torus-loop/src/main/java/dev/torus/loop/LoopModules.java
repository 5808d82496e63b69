package dev.torus.loop;

import dev.torus.kernel.IoKernel;

/** The modules of a loop over its kernel. */
final class LoopModules {
    private final KernelPoller poller;
    private final Requests requests;
    private final Files fs;
    private final Net net;
    private final Tls tls;
    private final Datagrams dgram;
    private final LoopWatch watch;
    private final Perf perf;
    private final LoopProcess process;
    private final Crypto crypto;
    private final Dns dns;

    LoopModules(EventLoop loop, KernelPoller poller) {
        this.poller = poller;
        this.requests = new Requests(loop, poller);
        this.fs = new Files(loop, requests);
        this.net = new Net(loop, poller);
        this.tls = new Tls(loop, net);
        this.dgram = new Datagrams(loop, poller);
        this.watch = new LoopWatch(loop, poller);
        this.perf = new Perf(loop, poller);
        this.process = new LoopProcess(loop, poller, requests);
        this.crypto = new Crypto(requests);
        this.dns = new Dns(loop, requests);
    }

    IoKernel kernel() {
        return poller.kernel();
    }

    Requests requests() {
        return requests;
    }

    Files fs() {
        return fs;
    }

    Net net() {
        return net;
    }

    Tls tls() {
        return tls;
    }

    Datagrams dgram() {
        return dgram;
    }

    LoopWatch watch() {
        return watch;
    }

    Perf perf() {
        return perf;
    }

    LoopProcess process() {
        return process;
    }

    /** What must end before the kernel does. */
    void close() {
        process.close();
    }

    Crypto crypto() {
        return crypto;
    }

    Dns dns() {
        return dns;
    }
}
