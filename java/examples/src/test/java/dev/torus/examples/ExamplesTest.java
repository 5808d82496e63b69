package dev.torus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.http.Http;
import dev.torus.http.HttpServer;
import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import dev.torus.loop.UdpSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each example prints, on each backend. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExamplesTest {
    private final List<String> said = new ArrayList<>();

    @TempDir
    private Path folder;

    static Stream<String> backends() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name);
    }

    /** Runs a program on a loop until nothing is alive any more. */
    private static void run(String backend, Consumer<EventLoop> program) throws Exception {
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().backend(backend).build())) {
            assertThat(loop.run(() -> program.accept(loop))).isZero();
        }
    }

    private static Socket connect(EventLoop loop, int port, Consumer<String> line) {
        Socket socket = loop.net().connect(port);
        socket.onData(new Lines(line));
        return socket;
    }

    @ParameterizedTest
    @MethodSource("backends")
    void echoServer(String backend) throws Exception {
        run(backend, loop -> {
            Server server = EchoServer.listen(loop, 0);
            Socket client = connect(loop, server.port(), said::add);
            client.onClose(server::close);
            client.end("one\ntwo\n");
        });
        assertThat(said).containsExactly("one", "two");
    }

    @ParameterizedTest
    @MethodSource("backends")
    void chatServer(String backend) throws Exception {
        List<String> heardByAnn = new ArrayList<>();
        List<String> heardByBob = new ArrayList<>();
        run(backend, loop -> {
            Socket[] bobs = new Socket[1];
            Server server = ChatServer.listen(loop, 0, line -> {
                said.add(line);
                if (line.equals("Ann is here")) {
                    bobs[0].write("Bob\nhow are ");
                }
            });
            Socket ann = loop.net().connect(server.port());
            Socket bob = loop.net().connect(server.port());
            bobs[0] = bob;
            bob.onClose(server::close);
            ann.write("Ann\n");
            ann.onData(new Lines(line -> {
                heardByAnn.add(line);
                if (line.equals("Bob is here")) {
                    bob.write("you?\n");
                } else if (line.equals("Bob: how are you?")) {
                    ann.write("hello\n");
                }
            }));
            bob.onData(new Lines(line -> {
                heardByBob.add(line);
                if (line.equals("Ann: hello")) {
                    ann.end("good-bye\n");
                } else if (line.equals("Ann has left")) {
                    bob.end();
                }
            }));
        });
        assertThat(said)
                .containsExactly(
                        "Ann is here",
                        "Bob is here",
                        "Bob: how are you?",
                        "Ann: hello",
                        "Ann: good-bye",
                        "Ann has left",
                        "Bob has left");
        assertThat(heardByAnn).containsExactly("Bob is here", "Bob: how are you?");
        assertThat(heardByBob).containsExactly("Ann: hello", "Ann: good-bye", "Ann has left");
    }

    /** Sends a request to a proxy and gives back what comes until the end of the connection. */
    private static void ask(EventLoop loop, int port, String request, Consumer<String> answer) {
        Socket socket = loop.net().connect(port);
        StringBuilder text = new StringBuilder();
        socket.onData(data -> text.append(StandardCharsets.UTF_8.decode(data)));
        socket.onClose(() -> answer.accept(text.toString()));
        socket.write(request);
    }

    private static String head(String method, String target) {
        return method + " " + target
                + " HTTP/1.1\r\nHost: of.the.proxy\r\nConnection: close, x-mine\r\nX-Mine: 1\r\nX-Kept: 2\r\n";
    }

    @ParameterizedTest
    @MethodSource("backends")
    void httpProxy(String backend) throws Exception {
        List<String> answers = new ArrayList<>();
        String[] origin = new String[1];
        int[] left = {3};
        run(backend, loop -> {
            HttpServer target = Http.createServer(loop, (request, response) -> {
                        response.header(
                                "X-Seen", request.header("X-Mine") + request.header("X-Kept") + request.header("Via"));
                        request.onData(response::write);
                        request.onEnd(() -> response.end(request.method() + " " + request.path()));
                    })
                    .listen(0);
            origin[0] = "http://127.0.0.1:" + target.port();
            HttpServer proxy = HttpProxy.listen(loop, 0, said::add);
            Consumer<String> answered = answer -> {
                answers.add(answer);
                if (--left[0] == 0) {
                    proxy.close();
                    target.close();
                }
            };
            ask(loop, proxy.port(), head("GET", origin[0] + "/a?b") + "\r\n", first -> {
                answered.accept(first);
                String post = head("POST", origin[0] + "/c") + "Content-Length: 5\r\n\r\nbody ";
                ask(loop, proxy.port(), post, second -> {
                    answered.accept(second);
                    ask(loop, proxy.port(), head("GET", "/d") + "\r\n", answered);
                });
            });
        });
        assertThat(said)
                .containsExactly(
                        "GET " + origin[0] + "/a?b 200",
                        "POST " + origin[0] + "/c 200",
                        "400 GET /d is nothing that can be passed on");
        assertThat(answers.get(0)).startsWith("HTTP/1.1 200 OK\r\n").contains("X-Seen: null21.1 torus\r\n", "GET /a");
        assertThat(answers.get(1)).startsWith("HTTP/1.1 200 OK\r\n").contains("body ", "POST /c");
        assertThat(answers.get(2)).startsWith("HTTP/1.1 400 ").contains("GET /d is nothing that can be passed on\n");
    }

    @ParameterizedTest
    @MethodSource("backends")
    void httpProxyOfAServerThatIsNotThere(String backend) throws Exception {
        List<String> answers = new ArrayList<>();
        run(backend, loop -> {
            Server taken = loop.net().createServer(Socket::destroy).listen(0);
            int port = taken.port();
            taken.onClose(() -> {
                HttpServer proxy = HttpProxy.listen(loop, 0, said::add);
                ask(loop, proxy.port(), head("GET", "http://127.0.0.1:" + port + "/") + "\r\n", answer -> {
                    answers.add(answer);
                    proxy.close();
                });
            });
            taken.close();
        });
        assertThat(said).singleElement().asString().startsWith("502 ");
        assertThat(answers).singleElement().asString().startsWith("HTTP/1.1 502 ");
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.APPEND);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void fileTail(String backend) throws Exception {
        Path file = Files.writeString(folder.resolve("log"), "first\nsecond\nbeg");
        run(backend, loop -> {
            FileTail[] tail = new FileTail[1];
            tail[0] = FileTail.follow(loop, file, line -> {
                said.add(line);
                switch (line) {
                    case "second" -> append(file, "un\nthird\n");
                    case "third" -> loop.fs().writeFile(file, "anew\n");
                    case "anew" -> tail[0].stop();
                    default -> {
                        // goes on by itself
                    }
                }
            });
        });
        assertThat(said).containsExactly("first", "second", "begun", "third", "anew");
    }

    @ParameterizedTest
    @MethodSource("backends")
    void udpEcho(String backend) throws Exception {
        List<String> echoed = new ArrayList<>();
        run(backend, loop -> {
            UdpSocket server = UdpEcho.bind(loop, new InetSocketAddress("127.0.0.1", 0), said::add);
            UdpSocket client = loop.dgram().createSocket();
            client.connect(server.address());
            client.onConnect(() -> client.send(ByteBuffer.wrap(new byte[] {'a'})));
            client.onMessage((data, from) -> {
                String text = StandardCharsets.UTF_8.decode(data).toString();
                echoed.add(text);
                if (text.length() == 3) {
                    client.close();
                    server.close();
                } else {
                    client.send(ByteBuffer.wrap((text + "b").getBytes(StandardCharsets.UTF_8)));
                }
            });
        });
        assertThat(echoed).containsExactly("a", "ab", "abb");
        assertThat(said).containsExactly("1 bytes from 127.0.0.1", "2 bytes from 127.0.0.1", "3 bytes from 127.0.0.1");
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gracefulShutdown(String backend) throws Exception {
        List<String> heard = new ArrayList<>();
        run(backend, loop -> {
            Consumer<String> out = line -> {
                said.add(line);
                if (line.equals("asked: what?")) {
                    loop.shutdown(Duration.ofSeconds(30));
                }
            };
            Server server = GracefulShutdown.listen(loop, 0, out);
            Socket quiet = connect(loop, server.port(), heard::add);
            quiet.onEnd(() -> heard.add("end of the quiet one"));
            quiet.write("first\n");
            quiet.onData(new Lines(line -> {
                heard.add(line);
                Socket asking = connect(loop, server.port(), heard::add);
                asking.onEnd(() -> heard.add("end of the asking one"));
                asking.write("what?\n");
            }));
        });
        assertThat(said)
                .containsExactly("asked: first", "answered: first", "asked: what?", "ending", "answered: what?");
        assertThat(heard)
                .containsExactly("answer to first", "end of the quiet one", "answer to what?", "end of the asking one");
    }

    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads are there from Java 21 on")
    @ParameterizedTest
    @MethodSource("backends")
    void virtualThreads(String backend) throws Exception {
        List<Path> files = List.of(
                Files.writeString(folder.resolve("one"), "a\n"),
                Files.writeString(folder.resolve("two"), "a\nb\n"),
                folder.resolve("none"));
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().backend(backend).build())) {
            VirtualThreads.run(loop, VirtualThreads.virtualThreads(), files, said::add);
        }
        assertThat(said).hasSize(3).contains("one: 2 bytes, 1 lines", "two: 4 bytes, 2 lines");
        assertThat(said)
                .filteredOn(line -> line.startsWith("none: "))
                .singleElement()
                .asString()
                .contains("ENOENT");
    }
}
