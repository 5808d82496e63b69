package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.Errno;
import dev.torus.kernel.NoSuchPathException;
import dev.torus.kernel.OperationCancelledException;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams of files, and pipes between streams; the order of events is that of Node's fs and stream documents. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileStreamTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    @TempDir
    Path folder;

    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;

    /** Runs a loop to its end; afterwards nothing is left. */
    private void run(String backend, Runnable... mains) throws Exception {
        run(LoopOptions.builder().backend(backend).build(), mains);
    }

    private void run(LoopOptions options, Runnable... mains) throws Exception {
        try (EventLoop opened = EventLoop.create(options)) {
            loop = opened;
            for (Runnable main : mains) {
                assertThat(opened.run(main)).isZero();
            }
            assertThat(opened.activeHandles()).isEmpty();
            assertThat(opened.kernel().stats().openHandles()).isZero();
            assertThat(opened.kernel().pending()).isZero();
        }
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    private Path fileWith(String content) throws Exception {
        return java.nio.file.Files.writeString(folder.resolve("source"), content);
    }

    private byte[] randomFile(Path file, int bytes) throws Exception {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        java.nio.file.Files.write(file, content);
        return content;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aReadStreamOpensGivesDataEndsAndCloses(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            FileReadStream stream = loop.fs()
                    .createReadStream(file, ReadStreamOptions.defaults().withHighWatermark(4));
            stream.onOpen(() -> log.add("open"));
            stream.onData(data -> log.add(text(data)));
            stream.onEnd(() -> log.add("end " + stream.bytesRead()));
            stream.onClose(() -> log.add("close " + stream.isDestroyed()));
            log.add("called");
        });
        assertThat(log).containsExactly("called", "open", "0123", "4567", "89", "end 10", "close true");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aRangeIncludesItsLastByte(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            for (ReadStreamOptions options : List.of(
                    ReadStreamOptions.defaults().range(2, 5),
                    ReadStreamOptions.defaults().from(7),
                    ReadStreamOptions.defaults().range(9, 100),
                    ReadStreamOptions.defaults().range(10, 11))) {
                StringBuilder got = new StringBuilder();
                FileReadStream stream = loop.fs().createReadStream(file, options.withHighWatermark(3));
                stream.onData(data -> got.append(text(data)));
                stream.onEnd(() -> log.add(got.toString()));
            }
        });
        assertThat(log).containsExactlyInAnyOrder("2345", "789", "9", "");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whilePausedNothingIsDeliveredAndNothingIsLost(String backend) throws Exception {
        Path file = folder.resolve("source");
        byte[] content = randomFile(file, 300_000);
        ByteBuffer got = ByteBuffer.allocate(content.length);
        boolean[] mayDeliver = {true};
        run(backend, () -> {
            FileReadStream stream = loop.fs()
                    .createReadStream(file, ReadStreamOptions.defaults().withHighWatermark(10_000));
            stream.onData(data -> {
                assertThat(mayDeliver[0]).isTrue();
                got.put(data);
                stream.pause();
                mayDeliver[0] = false;
                loop.setImmediate(() -> {
                    mayDeliver[0] = true;
                    stream.resume();
                    // twice is once
                    stream.resume();
                });
            });
            stream.onEnd(() -> log.add("end " + mayDeliver[0]));
            stream.onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly("end true", "close");
        assertThat(got.array()).isEqualTo(content);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPausedStreamDoesNotKeepTheLoopAlive(String backend) throws Exception {
        Path file = fileWith("0123456789");
        FileReadStream[] stream = new FileReadStream[1];
        run(
                backend,
                () -> {
                    stream[0] = loop.fs().createReadStream(file);
                    stream[0].onData(data -> log.add(text(data))).onClose(() -> log.add("close"));
                    stream[0].pause();
                },
                () -> {
                    assertThat(log).isEmpty();
                    assertThat(loop.activeHandles()).containsExactly("read stream of " + file + " (unref'd)");
                    stream[0].resume();
                });
        assertThat(log).containsExactly("0123456789", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFileThatIsNotThereIsAnErrorThenCloseAndNothingElse(String backend) throws Exception {
        run(backend, () -> {
            FileReadStream reads = loop.fs().createReadStream(folder.resolve("missing"));
            reads.onOpen(() -> log.add("open")).onEnd(() -> log.add("end"));
            reads.onFailure(e -> log.add(e instanceof NoSuchPathException
                    && e.getMessage().contains("open")
                    && e.getMessage().contains("missing")));
            reads.onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly(true, "close");
        log.clear();
        run(backend, () -> {
            FileWriteStream writes = loop.fs().createWriteStream(folder.resolve("missing/file"));
            writes.write("dropped");
            writes.onFinish(() -> log.add("finish")).onDrain(() -> log.add("drain"));
            writes.onFailure(e -> log.add(e instanceof NoSuchPathException));
            writes.onClose(() -> log.add("close"));
            writes.end();
        });
        assertThat(log).containsExactly(true, "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anErrorWithoutAHandlerIsUncaughtAndCloseStillComes(String backend) throws Exception {
        run(backend, () -> {
            loop.onUncaughtException(e -> log.add(e.getCause() instanceof NoSuchPathException));
            loop.fs().createReadStream(folder.resolve("missing")).onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly(true, "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aDirectoryCannotBeRead(String backend) throws Exception {
        run(backend, () -> {
            FileReadStream stream = loop.fs().createReadStream(folder);
            stream.onData(data -> log.add("data"));
            stream.onFailure(e -> log.add(((TorusIoException) e).errno()));
            stream.onClose(() -> log.add("close"));
        });
        // NIO and Windows say so when it is opened
        assertThat(log.get(0)).isIn(Errno.EISDIR, Errno.EACCES);
        assertThat(log.subList(1, log.size())).containsExactly("close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void destroyEndsAReadStreamAtEveryPoint(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            FileReadStream beforeOpen = loop.fs().createReadStream(file);
            never(beforeOpen).onClose(() -> log.add("before open"));
            beforeOpen.destroy();
            FileReadStream atOpen = loop.fs().createReadStream(file);
            never(atOpen).onOpen(atOpen::destroy).onClose(() -> log.add("at open"));
            FileReadStream whileReading = loop.fs().createReadStream(file);
            whileReading.onOpen(() -> loop.nextTick(whileReading::destroy));
            never(whileReading).onClose(() -> log.add("while reading"));
            FileReadStream inData = loop.fs()
                    .createReadStream(file, ReadStreamOptions.defaults().withHighWatermark(1));
            inData.onEnd(() -> log.add("end"));
            inData.onData(data -> {
                log.add("data");
                inData.destroy();
            });
            inData.onClose(() -> log.add("in data"));
        });
        assertThat(log)
                .containsExactlyInAnyOrder("before open", "at open", "while reading", "data", "in data")
                .containsSubsequence("data", "in data");
    }

    private FileReadStream never(FileReadStream stream) {
        return stream.onData(data -> log.add("data")).onEnd(() -> log.add("end"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anExceptionOfAHandlerDoesNotStopAStream(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            loop.onUncaughtException(e -> log.add(e.getMessage()));
            FileReadStream stream = loop.fs()
                    .createReadStream(file, ReadStreamOptions.defaults().withHighWatermark(5));
            stream.onData(data -> {
                throw new IllegalStateException(text(data));
            });
            stream.onEnd(() -> {
                throw new IllegalStateException("end");
            });
            stream.onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly("01234", "56789", "end", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aWriteStreamDrainsFinishesAndCloses(String backend) throws Exception {
        Path file = folder.resolve("written");
        String big = "0123456789".repeat(20_000);
        run(backend, () -> {
            FileWriteStream stream = loop.fs().createWriteStream(file);
            stream.onOpen(() -> log.add("open"));
            log.add(stream.write("a"));
            log.add(stream.write(big));
            stream.onDrain(() -> {
                log.add("drain " + stream.queuedBytes());
                stream.end("z");
                assertThatThrownBy(() -> stream.write("late"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("after end");
            });
            stream.onFinish(() -> log.add("finish " + stream.bytesWritten()));
            stream.onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly(true, false, "open", "drain 0", "finish 200002", "close");
        assertThat(file).hasContent("a" + big + "z");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anEmptyWriteStreamMakesAnEmptyFile(String backend) throws Exception {
        Path file = folder.resolve("empty");
        run(backend, () -> {
            FileWriteStream stream = loop.fs()
                    .createWriteStream(file, WriteStreamOptions.defaults().withSync(true));
            stream.onFinish(() -> log.add("finish")).onClose(() -> log.add("close"));
            stream.end();
            stream.end();
            log.add("called");
        });
        assertThat(log).containsExactly("called", "finish", "close");
        assertThat(file).isEmptyFile();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void writeStreamsAppendStartAnywhereAndRefuseAFileThatIsThere(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            FileWriteStream middle = loop.fs()
                    .createWriteStream(file, WriteStreamOptions.defaults().at(3));
            middle.write("abc");
            middle.end("de");
            middle.onClose(() -> {
                FileWriteStream end = loop.fs()
                        .createWriteStream(file, WriteStreamOptions.defaults().append());
                end.end("end");
            });
            FileWriteStream refused = loop.fs()
                    .createWriteStream(file, WriteStreamOptions.defaults().exclusive());
            refused.onFailure(e -> log.add(((TorusIoException) e).errno()));
        });
        assertThat(log).containsExactly(Errno.EEXIST);
        assertThat(file).hasContent("012abcde89end");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void destroyDropsWhatIsQueued(String backend) throws Exception {
        run(backend, () -> {
            FileWriteStream stream = loop.fs().createWriteStream(folder.resolve("f"));
            stream.write(ByteBuffer.allocate(1_000_000));
            stream.onFinish(() -> log.add("finish")).onDrain(() -> log.add("drain"));
            stream.onOpen(() -> {
                stream.destroy();
                stream.destroy();
                stream.end();
            });
            stream.onClose(() -> log.add("close " + stream.queuedBytes()));
        });
        assertThat(log).containsExactly("close 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void moreThanTheLimitIsRefusedAndNothingOfItIsQueued(String backend) throws Exception {
        Path file = folder.resolve("f");
        run(LoopOptions.builder().backend(backend).maxQueuedBytes(1000).build(), () -> {
            FileWriteStream stream = loop.fs().createWriteStream(file);
            stream.write(ByteBuffer.allocate(900));
            ByteBuffer tooMuch = ByteBuffer.allocate(101);
            assertThatThrownBy(() -> stream.write(tooMuch))
                    .isInstanceOf(QueuedBytesLimitException.class)
                    .hasMessageContaining("write stream of " + file)
                    .hasMessageContaining("1001");
            assertThat(tooMuch.remaining()).isEqualTo(101);
            stream.end("x");
            Server server = loop.net().createServer(peer -> peer.onEnd(() -> {}));
            server.listen(0);
            Socket socket = loop.net().connect(server.port());
            socket.write(ByteBuffer.allocate(1000));
            assertThatThrownBy(() -> socket.write("x")).isInstanceOf(QueuedBytesLimitException.class);
            socket.end();
            socket.onEnd(() -> {});
            socket.onClose(server::close);
        });
        assertThat(file).hasSize(901);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPipelineCopiesAFile(String backend) throws Exception {
        Path from = folder.resolve("from");
        Path to = folder.resolve("to");
        byte[] content = randomFile(from, 3_000_000);
        int[] most = {0};
        run(backend, () -> {
            FileWriteStream writes = loop.fs()
                    .createWriteStream(to, WriteStreamOptions.defaults().withHighWatermark(100_000));
            FileReadStream reads = loop.fs().createReadStream(from);
            dev.torus.loop.Timeout watch = loop.setInterval(1, () -> most[0] = Math.max(most[0], writes.queuedBytes()));
            reads.pipeline(writes, failure -> {
                log.add(failure == null ? "done" : failure.toString());
                watch.clear();
            });
        });
        assertThat(log).containsExactly("done");
        assertThat(java.nio.file.Files.readAllBytes(to)).isEqualTo(content);
        assertThat(most[0]).isLessThanOrEqualTo(100_000 + 64 * 1024);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void filesGoThroughASocketAndBack(String backend) throws Exception {
        Path from = folder.resolve("from");
        Path to = folder.resolve("to");
        byte[] content = randomFile(from, 3_000_000);
        run(backend, () -> {
            Server server = loop.net().createServer(peer -> {
                peer.pipe(loop.fs().createWriteStream(to)).onFinish(() -> log.add("finish"));
            });
            server.listen(0);
            Socket socket = loop.net().connect(server.port());
            loop.fs().createReadStream(from).pipe(socket).onClose(server::close).resume();
        });
        assertThat(log).containsExactly("finish");
        assertThat(java.nio.file.Files.readAllBytes(to)).isEqualTo(content);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPipelineEndsBothSidesWhenOneFails(String backend) throws Exception {
        Path from = folder.resolve("from");
        randomFile(from, 3_000_000);
        run(backend, () -> {
            FileReadStream reads = loop.fs().createReadStream(from);
            reads.pipeline(loop.fs().createWriteStream(folder.resolve("no/such")), failure -> {
                log.add(failure instanceof NoSuchPathException);
                log.add(reads.isDestroyed());
            });
            FileWriteStream writes = loop.fs().createWriteStream(folder.resolve("to"));
            loop.fs().createReadStream(folder.resolve("missing")).pipeline(writes, failure -> {
                log.add(failure instanceof NoSuchPathException);
                log.add(writes.isDestroyed());
            });
            FileReadStream cut = loop.fs().createReadStream(from);
            cut.onOpen(() -> loop.setImmediate(cut::destroy));
            cut.pause();
            cut.pipeline(loop.fs().createWriteStream(folder.resolve("cut")), failure -> {
                log.add(failure instanceof OperationCancelledException
                        && failure.getMessage().contains("the source closed"));
            });
        });
        assertThat(log).hasSize(5).containsOnly(true);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aShutdownEndsStreamsThatNobodyReads(String backend) throws Exception {
        Path file = fileWith("0123456789");
        run(backend, () -> {
            FileReadStream stream = loop.fs().createReadStream(file);
            stream.onData(data -> log.add("data")).onClose(() -> log.add("close"));
            stream.pause();
            loop.setTimeout(1e6, () -> log.add("timeout"));
            stream.onOpen(() -> loop.shutdown(Duration.ZERO));
        });
        assertThat(log).containsExactly("close");
    }

    @Test
    void optionsNameWhatIsWrong() {
        ReadStreamOptions reads = ReadStreamOptions.defaults();
        WriteStreamOptions writes = WriteStreamOptions.defaults();
        assertThatThrownBy(() -> reads.range(5, 4)).hasMessage("range 5 to 4");
        assertThatThrownBy(() -> reads.from(-2)).hasMessageContaining("-2");
        assertThatThrownBy(() -> reads.withHighWatermark(0)).hasMessageContaining("highWatermark 0");
        assertThatThrownBy(() -> reads.withHighWatermark(65537)).hasMessageContaining("65537");
        assertThatThrownBy(() -> writes.at(-5)).hasMessage("start -5");
        assertThatThrownBy(() -> writes.withHighWatermark(0)).hasMessage("highWatermark 0");
        assertThatThrownBy(() -> writes.withFlags(0)).hasMessageContaining("reading only");
        for (int[] limits : Arrays.asList(new int[] {0, 1, 1}, new int[] {1, 0, 1}, new int[] {1, 1, 0})) {
            assertThatThrownBy(() -> LoopOptions.builder()
                            .maxQueuedBytes(limits[0])
                            .maxCallbacksPerTurn(limits[1])
                            .maxChildren(limits[2])
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0 is less than 1");
        }
    }
}
