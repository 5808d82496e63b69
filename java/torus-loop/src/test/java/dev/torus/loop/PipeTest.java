package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.torus.kernel.AddressInUseException;
import dev.torus.kernel.NoSuchPathException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Named pipes under loop.net(), as Node has them on Windows. */
@Timeout(60)
@EnabledOnOs(OS.WINDOWS)
class PipeTest {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final List<Object> log = new ArrayList<>();
    private final Path path =
            Path.of("\\\\.\\pipe\\torus-loop-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet());

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    private static void isIdle(EventLoop loop) {
        assertThat(loop.kernel().stats().openHandles()).isZero();
        assertThat(loop.kernel().stats().lentBuffers()).isZero();
        assertThat(loop.kernel().pending()).isZero();
    }

    @Test
    void aConversationComesInOrderAndClosingOneEndEndsTheOther() throws Exception {
        try (EventLoop loop = Backends.loop("iocp")) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.onData(data -> peer.write("echo of " + text(data)));
                    peer.onEnd(() -> log.add("server: end"));
                    peer.onClose(() -> log.add("server: close"));
                });
                server.onClose(() -> log.add("closed")).listen(path);
                Socket socket = loop.net().connect(path);
                socket.onConnect(() -> {
                    log.add("connect");
                    socket.write("hello");
                });
                socket.onData(data -> {
                    log.add(text(data));
                    server.close();
                    socket.end();
                });
                socket.onEnd(() -> log.add("client: end"));
                socket.onClose(() -> log.add("client: close"));
                log.add("main");
            });
            assertThat(log.subList(0, 3)).containsExactly("main", "connect", "echo of hello");
            assertThat(log.subList(3, log.size()))
                    .containsExactlyInAnyOrder("closed", "client: end", "client: close", "server: end", "server: close")
                    .containsSubsequence("client: end", "client: close")
                    .containsSubsequence("server: end", "server: close");
            isIdle(loop);
        }
    }

    /** More clients than ends that wait: those that find the pipe busy come later. */
    @Test
    void manyClientsEachHaveTheirOwnStream() throws Exception {
        int clients = 40;
        int bytes = 300_000;
        AtomicInteger echoed = new AtomicInteger();
        try (EventLoop loop = Backends.loop("iocp")) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(path);
                AtomicInteger open = new AtomicInteger(clients);
                for (int i = 0; i < clients; i++) {
                    byte[] sent = new byte[bytes];
                    java.util.Arrays.fill(sent, (byte) i);
                    byte mark = (byte) i;
                    AtomicInteger got = new AtomicInteger();
                    Socket socket = loop.net().connect(path);
                    socket.onConnect(() -> socket.write(ByteBuffer.wrap(sent)));
                    socket.onData(data -> {
                        assertThat(data.get(data.position())).isEqualTo(mark);
                        assertThat(data.get(data.limit() - 1)).isEqualTo(mark);
                        if (got.addAndGet(data.remaining()) == bytes) {
                            socket.destroy();
                        }
                    });
                    socket.onClose(() -> {
                        echoed.addAndGet(got.get());
                        if (open.decrementAndGet() == 0) {
                            server.close();
                        }
                    });
                }
            });
            assertThat(echoed.get()).isEqualTo(clients * bytes);
            isIdle(loop);
        }
    }

    @Test
    void aNameThatNobodyServesIsNoSuchPath() throws Exception {
        try (EventLoop loop = Backends.loop("iocp")) {
            loop.run(() -> {
                Socket socket = loop.net().connect(path);
                socket.onError(e -> log.add(e instanceof NoSuchPathException ? "no such path" : e));
                socket.onClose(() -> log.add("close"));
            });
            assertThat(log).containsExactly("no such path", "close");
            isIdle(loop);
        }
    }

    @Test
    void aSecondServerOfTheSameNameIsRefused() throws Exception {
        assumeFalse(Backends.isWine(), "Wine 8 does not know FILE_FLAG_FIRST_PIPE_INSTANCE");
        try (EventLoop loop = Backends.loop("iocp")) {
            loop.run(() -> {
                Server first = loop.net().createServer(peer -> {}).listen(path);
                loop.net()
                        .createServer(peer -> {})
                        .onError(e -> {
                            log.add(e instanceof AddressInUseException ? "in use" : e);
                            first.close();
                        })
                        .listen(path);
            });
            assertThat(log).containsExactly("in use");
            isIdle(loop);
        }
    }
}
