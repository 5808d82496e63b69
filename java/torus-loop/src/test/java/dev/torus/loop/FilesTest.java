package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.Errno;
import dev.torus.kernel.NoSuchPathException;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BlockingFiles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class FilesTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    @TempDir
    Path folder;

    private final List<Object> log = new ArrayList<>();

    private static Throwable cause(Throwable e) {
        return e instanceof java.util.concurrent.CompletionException ? e.getCause() : e;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void filesAreWrittenReadRenamedAndRemoved(String backend) throws Exception {
        Path file = folder.resolve("grüße.txt");
        Path other = folder.resolve("other");
        String big = "0123456789abcdef".repeat(20_000);
        try (EventLoop loop = Backends.loop(backend)) {
            Files fs = loop.fs();
            loop.run(() -> fs.writeFile(file, big)
                    .thenCompose(done -> fs.appendFile(file, "end"))
                    .thenCompose(done -> fs.readFile(file))
                    .thenCompose(text -> {
                        log.add(text.equals(big + "end"));
                        return fs.stat(file);
                    })
                    .thenCompose(status -> {
                        log.add(status.size());
                        log.add(status.isFile());
                        return fs.rename(file, other);
                    })
                    .thenCompose(done -> fs.readdir(folder))
                    .thenCompose(names -> {
                        log.add(names);
                        return fs.unlink(other);
                    })
                    .thenCompose(done -> fs.mkdir(folder.resolve("sub")))
                    .thenCompose(done -> fs.readdir(folder))
                    .thenCompose(names -> {
                        log.add(names);
                        return fs.rmdir(folder.resolve("sub"));
                    })
                    .thenRun(() -> log.add("done")));
        }
        assertThat(log).containsExactly(true, big.length() + 3L, true, List.of("other"), List.of("sub"), "done");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R48_errorsArriveInTheCallback(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            Files fs = loop.fs();
            loop.run(() -> {
                fs.readFile(folder.resolve("missing")).exceptionally(e -> {
                    log.add(cause(e) instanceof NoSuchPathException);
                    log.add(cause(e).getMessage().contains("missing"));
                    return null;
                });
                fs.readFile(folder).exceptionally(e -> {
                    log.add(((TorusIoException) cause(e)).errno());
                    return null;
                });
                log.add("called");
            });
        }
        assertThat(log)
                .startsWith("called")
                .contains(true, Errno.EISDIR)
                .doesNotContain(false)
                .hasSize(4);
    }

    private void outcome(LoopPromise<?> promise) {
        promise.onSettled((value, reason) ->
                log.add(reason == null ? String.valueOf(value) : ((TorusIoException) cause(reason)).errno()));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void filesAreCopiedAskedAboutAndCutOff(String backend) throws Exception {
        Path file = java.nio.file.Files.writeString(folder.resolve("f"), "0123456789");
        Path copy = folder.resolve("copy");
        try (EventLoop loop = Backends.loop(backend)) {
            Files fs = loop.fs();
            loop.run(() -> outcome(fs.copyFile(file, copy)));
            loop.run(() -> outcome(fs.truncate(copy, 4).thenCompose(done -> fs.readFile(copy))));
            loop.run(() -> outcome(fs.copyFile(file, copy, false)));
            loop.run(() -> outcome(fs.copyFile(folder.resolve("missing"), copy)));
            loop.run(() -> outcome(fs.access(file, AccessMode.READ)));
            loop.run(() -> outcome(fs.access(folder.resolve("missing"))));
            loop.run(() -> outcome(fs.truncate(folder.resolve("missing"), 1)));
            loop.run(() -> outcome(fs.truncate(file, -1)));
            loop.run(() -> outcome(fs.mkdirs(folder.resolve("a/b/c"))
                    .thenCompose(done -> fs.mkdirs(folder.resolve("a/b/c")))
                    .thenCompose(done -> fs.realpath(folder.resolve("a/../a/./b")))
                    .thenApply(path -> path.getFileName())));
            assertThat(loop.kernel().stats().openHandles()).isZero();
        }
        assertThat(log)
                .containsExactly(
                        "null",
                        "0123",
                        Errno.EEXIST,
                        Errno.ENOENT,
                        "null",
                        Errno.ENOENT,
                        Errno.ENOENT,
                        Errno.EINVAL,
                        "b");
        assertThat(copy).hasContent("0123");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void linksAreMadeReadAndNotFollowed(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        Path link = folder.resolve("link");
        try (EventLoop loop = Backends.loop(backend)) {
            Files fs = loop.fs();
            loop.run(() -> outcome(fs.symlink(Path.of("nowhere"), link)));
            loop.run(() -> outcome(fs.readlink(link)));
            loop.run(() -> outcome(fs.lstat(link).thenApply(FileStatus::isSymbolicLink)));
            loop.run(() -> outcome(fs.stat(link)));
            loop.run(() -> outcome(fs.readlink(folder)));
            loop.run(() -> outcome(fs.lstat(folder.resolve("missing"))));
        }
        assertThat(log).containsExactly("null", "nowhere", "true", Errno.ENOENT, Errno.EINVAL, Errno.ENOENT);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R48_positions(String backend) throws Exception {
        Path file = folder.resolve("f");
        java.nio.file.Files.writeString(file, "abcdef");
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> loop.fs().open(file, BlockingFiles.O_RDWR, 0).thenAccept(open -> {
                read(open, -1);
                read(open, 4);
                LoopPromise<Void> third = read(open, -1);
                read(open, 6)
                        .thenCompose(done -> third)
                        .thenCompose(done -> open.close())
                        .thenCompose(done -> open.close())
                        .exceptionally(e -> {
                            log.add(((TorusIoException) cause(e)).errno());
                            return null;
                        });
            }));
        }
        assertThat(log).containsExactlyInAnyOrder("-1: ab", "4: ef", "-1: cd", "6: ", Errno.EBADF);
    }

    private LoopPromise<Void> read(OpenFile file, long position) {
        ByteBuffer two = ByteBuffer.allocate(2);
        return file.read(two, position)
                .thenAccept(
                        count -> log.add(position + ": " + new String(two.array(), 0, count, StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R45_aTaskBehindFourLongOnesWaitsAndSocketsDoNot(String backend) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                for (int i = 0; i < 4; i++) {
                    loop.blocking(() -> {
                        gate.await();
                        return null;
                    });
                }
                loop.blocking(() -> 5).thenAccept(log::add);
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.end("x");
                socket.onData(data -> {
                    log.add("socket");
                    gate.countDown();
                });
                socket.onClose(server::close);
            });
        }
        assertThat(log).containsExactly("socket", 5);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R46_everyCompletionIsAMacrotaskOfThePollAndComesOnce(String backend) throws Exception {
        int reads = 40;
        Path file = folder.resolve("f");
        java.nio.file.Files.writeString(file, "text");
        int[] depth = {0};
        int[] drained = {0};
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                for (int i = 0; i < reads; i++) {
                    loop.fs().readFile(file).onSettled((text, failure) -> {
                        log.add(text);
                        assertThat(drained[0])
                                .as("ticks of the completions before")
                                .isEqualTo(log.size() - 1);
                        assertThat(depth[0]++).isZero();
                        loop.nextTick(() -> drained[0]++);
                        depth[0]--;
                    });
                }
            });
        }
        assertThat(log).hasSize(reads).containsOnly("text");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R47_anOutstandingRequestKeepsTheLoopAlive(String backend) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.blocking(() -> {
                            gate.await();
                            return "done";
                        })
                        .thenAccept(log::add);
                // nothing else is alive by then: without the request the loop would end and drop its outcome
                loop.setTimeout(1, gate::countDown);
            });
        }
        assertThat(log).containsExactly("done");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void cryptoAndDnsRunOnThePool(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.crypto()
                        .hash("SHA-256", "abc".getBytes(StandardCharsets.UTF_8))
                        .thenAccept(
                                hash -> log.add(HexFormat.of().formatHex(hash).substring(0, 16)));
                loop.crypto()
                        .pbkdf2("password".toCharArray(), "salt".getBytes(StandardCharsets.UTF_8), 1, 20, "SHA1")
                        .thenAccept(key -> log.add(HexFormat.of().formatHex(key)));
                loop.crypto().hash("no such", new byte[0]).exceptionally(e -> {
                    log.add(cause(e).getClass().getSimpleName());
                    return null;
                });
                loop.dns().lookup("127.0.0.1").thenAccept(found -> log.add(found.size()));
                // RFC 7914, section 12
                loop.crypto()
                        .scrypt(
                                "password".getBytes(StandardCharsets.UTF_8),
                                "NaCl".getBytes(StandardCharsets.UTF_8),
                                1024,
                                8,
                                16,
                                64)
                        .thenAccept(key -> log.add(HexFormat.of().formatHex(key).substring(0, 16)));
            });
            assertThat(loop.crypto().randomUUID().version()).isEqualTo(4);
            byte[] none = new byte[0];
            assertThatThrownBy(() -> loop.crypto().scrypt(none, none, 1000, 8, 1, 64))
                    .hasMessageContaining("cost 1000");
            assertThatThrownBy(() -> loop.crypto().scrypt(none, none, 1024, 0, 1, 64))
                    .hasMessageContaining("blockSize 0");
            assertThatThrownBy(() -> loop.crypto().scrypt(none, none, 1 << 24, 8, 1, 64))
                    .hasMessageContaining("1073741824");
        }
        assertThat(log)
                .containsExactlyInAnyOrder(
                        "ba7816bf8f01cfea",
                        "0c60c80f961f0e71f3a9b524af6012062fe037a6",
                        "NoSuchAlgorithmException",
                        1,
                        "fdbabe1c9d347200");
    }
}
