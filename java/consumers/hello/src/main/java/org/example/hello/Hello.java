package org.example.hello;

import dev.torus.kernel.IoKernel;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.nio.charset.StandardCharsets;

/** An echo over loopback; says on which backend, and why. */
public final class Hello {
    private Hello() {}

    public static void main(String[] args) throws Exception {
        System.out.println(IoKernel.explain());
        try (EventLoop loop = EventLoop.create()) {
            StringBuilder heard = new StringBuilder();
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer)).listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onData(data -> heard.append(StandardCharsets.UTF_8.decode(data)));
                socket.onClose(server::close);
                socket.end("hello");
            });
            System.out.println("echo " + heard + " on " + loop.kernel().backendName());
        }
    }
}
