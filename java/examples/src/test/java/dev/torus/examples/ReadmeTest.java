package dev.torus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What README shows is what is compiled here, and it works. */
@Timeout(60)
class ReadmeTest {
    private static final Path ROOT =
            Path.of("").toAbsolutePath().resolve("../..").normalize();

    /** Code without layout: white space, also before a comment, does not count. */
    private static String squeezed(String code) {
        return code.replaceAll("\\s+", " ").strip();
    }

    @Test
    void theExamplesOfTheReadmeAreThoseThatAreCompiled() throws Exception {
        String readme = Files.readString(ROOT.resolve("README.md"));
        Matcher blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
        for (String name : List.of("KernelEcho", "LoopHello")) {
            String source =
                    Files.readString(ROOT.resolve("java/examples/src/main/java/dev/torus/examples/" + name + ".java"));
            Matcher code = Pattern.compile("// README begins\n(.*?)// README ends", Pattern.DOTALL)
                    .matcher(source);
            assertThat(code.find()).isTrue();
            assertThat(blocks.find()).as("a block for " + name).isTrue();
            assertThat(squeezed(blocks.group(1))).isEqualTo(squeezed(code.group(1)));
        }
    }

    @Test
    void theKernelExampleEchoes() throws Exception {
        CompletableFuture<InetSocketAddress> address = new CompletableFuture<>();
        Thread server = new Thread(() -> {
            try {
                KernelEcho.run(address::complete);
            } catch (Exception e) {
                address.completeExceptionally(e);
            }
        });
        server.start();
        try (Socket socket = new Socket()) {
            socket.connect(address.get());
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("hello");
        }
        server.join();
    }

    @Test
    void theLoopExampleReadsWaitsAndEchoes(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("text"), "12345");
        List<String> said = new ArrayList<>();
        LoopHello.run(file, said::add);
        assertThat(said).containsExactlyInAnyOrder("read 5 characters", "50 ms", "echo of 5 bytes");
    }
}
