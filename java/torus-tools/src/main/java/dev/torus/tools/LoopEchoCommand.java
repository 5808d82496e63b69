package dev.torus.tools;

import dev.torus.kernel.KernelOptions;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code torus loop-echo}: the echo as a program on the event loop writes it, to be measured beside {@code torus echo}. */
@Command(name = "loop-echo", hidden = true, description = "The same echo on the event loop.")
final class LoopEchoCommand implements Callable<Integer> {
    @Option(names = "--backend", paramLabel = "NAME", description = "As of echo.")
    private String backend;

    @Option(
            names = "--spin",
            paramLabel = "MICROSECONDS",
            defaultValue = "0",
            description = "How long it looks for something before it sleeps; default ${DEFAULT-VALUE}.")
    private int spinMicros;

    @Option(
            names = "--zero-copy",
            paramLabel = "BYTES",
            defaultValue = "0",
            description = "Sends of so many bytes are not copied; default ${DEFAULT-VALUE}, none.")
    private int zeroCopyBytes;

    @Option(
            names = "--stream-buffers",
            paramLabel = "N",
            defaultValue = "32",
            description = "Large receive buffers; 0 for none; default ${DEFAULT-VALUE}.")
    private int streamBuffers;

    @Override
    public Integer call() throws Exception {
        LoopOptions options = LoopOptions.builder()
                .kernel(KernelOptions.builder()
                        .backend(backend)
                        .spinMicros(spinMicros)
                        .zeroCopyBytes(zeroCopyBytes)
                        .build())
                .streamBuffers(streamBuffers, 64 * 1024)
                .build();
        try (EventLoop loop = EventLoop.create(options)) {
            Server server = loop.net()
                    .createServer(LoopEchoCommand::echo)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            System.out.println("listening 127.0.0.1:" + server.port() + " backend="
                    + loop.kernel().backendName());
            System.out.flush();
            loop.run();
        }
        return 0;
    }

    private static void echo(Socket socket) {
        // a client that resets its connection ends that alone
        socket.setNoDelay(true).onError(failure -> {}).pipe(socket);
    }
}
