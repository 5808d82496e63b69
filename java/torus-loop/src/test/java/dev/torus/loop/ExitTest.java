package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
class ExitTest {
    @ParameterizedTest
    @MethodSource("dev.torus.loop.Backends#available")
    void aLoopThatExitsInTheMiddleOfEverythingClosesAtOnce(String backend, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("f");
        java.nio.file.Files.writeString(file, "text");
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> loop.fs().open(file).thenAccept(open -> {
                for (int i = 0; i < 10; i++) {
                    open.read(ByteBuffer.allocate(4), -1);
                }
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                loop.net().connect(server.port()).write("x");
                open.read(ByteBuffer.allocate(4), 0).thenRun(() -> loop.exit(3));
            }));
            assertThat(code).isEqualTo(3);
        }
    }
}
