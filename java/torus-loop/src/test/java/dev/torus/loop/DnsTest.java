package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.OperationTimedOutException;
import dev.torus.kernel.WorkerLane;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DnsTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final String ZONE = """
            www     60 IN A     192.0.2.1
            www     60 IN A     192.0.2.2
            www     60 IN AAAA  2001:db8::1
            alias   30 IN CNAME second
            second  30 IN CNAME www
            loop1   30 IN CNAME loop2
            loop2   30 IN CNAME loop1
            @      120 IN MX    10 mail
            @      120 IN MX    20 backup.mail
            @      120 IN NS    ns
            text    60 IN TXT   "one" "two; three"
            _sip._tcp 60 IN SRV 1 5 5060 www
            1.2.0.192.in-addr.arpa. 60 IN PTR www.example.
            """;

    @TempDir
    Path folder;

    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;
    private TinyNameServer server;

    private void run(String backend, Runnable main) throws Exception {
        try (EventLoop opened = Backends.loop(backend)) {
            loop = opened;
            assertThat(opened.run(main)).isZero();
            assertThat(opened.activeHandles()).isEmpty();
            assertThat(opened.kernel().stats().openHandles()).isZero();
        }
    }

    /** Runs with a name server, which is closed when so many outcomes are in the log. */
    private void withServer(String backend, int outcomes, Consumer<DnsResolver> main) throws Exception {
        run(backend, () -> {
            server = new TinyNameServer(loop, ZONE);
            main.accept(loop.dns().resolver(server.address()));
            closeAfter(outcomes);
        });
        assertThat(log).hasSize(outcomes);
    }

    private void closeAfter(int outcomes) {
        if (log.size() >= outcomes) {
            server.close();
        } else {
            loop.setTimeout(1, () -> closeAfter(outcomes));
        }
    }

    private static Throwable cause(Throwable e) {
        return e instanceof CompletionException ? e.getCause() : e;
    }

    private void outcome(LoopPromise<?> promise) {
        promise.onSettled((value, reason) -> log.add(reason == null ? value : cause(reason)));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void recordsOfEveryKind(String backend) throws Exception {
        InetAddress first = InetAddress.getByName("192.0.2.1");
        withServer(backend, 9, dns -> {
            outcome(dns.resolve("www.example", DnsRecordType.A));
            outcome(dns.resolve("WWW.example.", DnsRecordType.AAAA));
            outcome(dns.resolve("alias.example", DnsRecordType.A));
            outcome(dns.resolve("alias.example", DnsRecordType.CNAME));
            outcome(dns.resolve("example", DnsRecordType.MX));
            outcome(dns.resolve("example", DnsRecordType.NS));
            outcome(dns.resolve("text.example", DnsRecordType.TXT));
            outcome(dns.resolve("_sip._tcp.example", DnsRecordType.SRV));
            outcome(dns.reverse(first));
        });
        List<DnsRecord> addresses = List.of(
                new DnsRecord.Address(first, 60), new DnsRecord.Address(InetAddress.getByName("192.0.2.2"), 60));
        assertThat(log)
                .containsExactlyInAnyOrder(
                        addresses,
                        List.of(new DnsRecord.Address(InetAddress.getByName("2001:db8::1"), 60)),
                        addresses,
                        List.of(new DnsRecord.Pointer("second.example", 30)),
                        List.of(
                                new DnsRecord.MailExchange(10, "mail.example", 120),
                                new DnsRecord.MailExchange(20, "backup.mail.example", 120)),
                        List.of(new DnsRecord.Pointer("ns.example", 120)),
                        List.of(new DnsRecord.Text(List.of("one", "two; three"), 60)),
                        List.of(new DnsRecord.Service(1, 5, 5060, "www.example", 60)),
                        List.of("www.example"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsNotThereIsATypedErrorThatNamesTheQuestion(String backend) throws Exception {
        withServer(backend, 3, dns -> {
            outcome(dns.resolve("missing.example", DnsRecordType.A));
            outcome(dns.resolve("text.example", DnsRecordType.A));
            outcome(dns.resolve("loop1.example", DnsRecordType.A));
            assertThatThrownBy(() -> dns.resolve("bad..name", DnsRecordType.A))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bad..name");
        });
        assertThat(log).allSatisfy(e -> assertThat(e).isInstanceOf(DnsException.class));
        DnsException[] failures = log.stream()
                .map(DnsException.class::cast)
                .sorted((a, b) -> a.getMessage().compareTo(b.getMessage()))
                .toArray(DnsException[]::new);
        assertThat(failures[0]).hasMessageContaining("loop1.example A");
        assertThat(failures[0].reason()).isEqualTo(DnsException.Reason.NO_SUCH_RECORD);
        assertThat(failures[1]).hasMessage("resolve missing.example A by " + serverText() + ": no such name");
        assertThat(failures[1].reason()).isEqualTo(DnsException.Reason.NO_SUCH_NAME);
        assertThat(failures[2].reason()).isEqualTo(DnsException.Reason.NO_SUCH_RECORD);
    }

    private String serverText() {
        String message = ((DnsException) log.get(0)).getMessage();
        return message.substring(message.indexOf(" by ") + 4, message.lastIndexOf(": "));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anAnswerThatDoesNotFitIsAskedForByTcp(String backend) throws Exception {
        withServer(backend, 1, dns -> {
            server.maxDatagramBytes = 40;
            outcome(dns.resolve("www.example", DnsRecordType.A));
        });
        assertThat((List<?>) log.get(0)).hasSize(2);
        assertThat(server.byStream).isEqualTo(1);
        assertThat(server.questions).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anotherServerIsAskedWhenOneFailsRefusesOrIsSilent(String backend) throws Exception {
        run(backend, () -> {
            server = new TinyNameServer(loop, ZONE);
            TinyNameServer failing = new TinyNameServer(loop, "");
            failing.behaviour = (question, answerer) -> {
                answerer.answer(TinyNameServer.reply(question, Rcode.SERVFAIL).toWire());
                return false;
            };
            TinyNameServer silent = new TinyNameServer(loop, "");
            silent.behaviour = (question, answerer) -> false;
            TinyNameServer gone = new TinyNameServer(loop, "");
            InetSocketAddress nobody = gone.address();
            gone.close();
            outcome(loop.dns()
                    .resolver(failing.address(), nobody, silent.address(), server.address())
                    .timeout(Duration.ofMillis(500))
                    .resolve("www.example", DnsRecordType.A));
            outcome(loop.dns().resolver(failing.address()).attempts(3).resolve("www.example", DnsRecordType.A));
            outcome(loop.dns()
                    .resolver(silent.address())
                    .attempts(2)
                    .timeout(Duration.ofMillis(5))
                    .resolve("www.example", DnsRecordType.MX));
            closeAll(
                    3,
                    List.of(failing, silent, server),
                    () -> assertThat(failing.questions).isGreaterThanOrEqualTo(4));
        });
        assertThat(log).hasSize(3);
        assertThat(log).anyMatch(value -> value instanceof List<?> list && list.size() == 2);
        assertThat(log)
                .anyMatch(value -> value instanceof DnsException e
                        && e.reason() == DnsException.Reason.SERVER_FAILED
                        && e.getMessage().contains("SERVFAIL"));
        assertThat(log)
                .anyMatch(value -> value instanceof OperationTimedOutException e
                        && e.getMessage().contains("resolve www.example MX by /127.0.0.1"));
    }

    private void closeAll(int outcomes, List<TinyNameServer> servers, Runnable check) {
        if (log.size() < outcomes) {
            loop.setTimeout(1, () -> closeAll(outcomes, servers, check));
            return;
        }
        check.run();
        servers.forEach(TinyNameServer::close);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void answersToOtherQuestionsAndRubbishAreNotTaken(String backend) throws Exception {
        withServer(backend, 1, dns -> {
            server.behaviour = (question, answerer) -> {
                Message wrongId = TinyNameServer.reply(question, Rcode.NXDOMAIN);
                wrongId.getHeader().setID((question.getHeader().getID() + 1) & 0xffff);
                answerer.answer(wrongId.toWire());
                Message wrongName = TinyNameServer.reply(question, Rcode.NXDOMAIN);
                wrongName.removeAllRecords(Section.QUESTION);
                wrongName.addRecord(
                        Record.newRecord(Name.fromString("other.example."), DnsRecordType.A.code, DClass.IN),
                        Section.QUESTION);
                answerer.answer(wrongName.toWire());
                answerer.answer(question.toWire());
                answerer.answer(new byte[] {1, 2, 3});
                answerer.answer(new byte[0]);
                return true;
            };
            outcome(dns.attempts(1).timeout(Duration.ofSeconds(30)).resolve("www.example", DnsRecordType.A));
        });
        assertThat((List<?>) log.get(0)).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void cancellingAndDeadlinesEndAQuestionAtOnce(String backend) throws Exception {
        run(backend, () -> {
            server = new TinyNameServer(loop, ZONE);
            server.behaviour = (question, answerer) -> false;
            DnsResolver dns = loop.dns().resolver(server.address()).timeout(Duration.ofDays(1));
            LoopPromise<List<DnsRecord>> cancelled = dns.resolve("www.example", DnsRecordType.A);
            outcome(cancelled);
            LoopPromise<List<String>> reverse = dns.reverse(InetAddress.getLoopbackAddress());
            outcome(reverse);
            outcome(dns.resolve("www.example", DnsRecordType.AAAA).withDeadline(Duration.ofMillis(10)));
            loop.setTimeout(5, () -> {
                cancelled.cancel(false);
                reverse.cancel(false);
            });
            closeAfter(3);
        });
        assertThat(log).hasSize(3);
        assertThat(log.subList(0, 2)).allSatisfy(e -> assertThat(e).isInstanceOf(CancellationException.class));
        assertThat(log.get(2))
                .isInstanceOfSatisfying(
                        OperationTimedOutException.class,
                        e -> assertThat(e).hasMessageContaining("resolve www.example AAAA"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyQuestionsAtATime(String backend) throws Exception {
        int questions = 200;
        withServer(backend, questions, dns -> {
            for (int i = 0; i < questions; i++) {
                outcome(dns.resolve(i % 2 == 0 ? "www.example" : "alias.example", DnsRecordType.A));
            }
        });
        assertThat(log).allSatisfy(value -> assertThat((List<?>) value).hasSize(2));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aResolverNeedsServersThatAreAddresses(String backend) throws Exception {
        run(backend, () -> {
            assertThatThrownBy(() -> loop.dns().resolver()).hasMessage("no name server");
            assertThatThrownBy(() -> loop.dns().resolver(InetSocketAddress.createUnresolved("ns", 53)))
                    .hasMessageContaining("ns");
            DnsResolver dns = loop.dns().resolver(new InetSocketAddress("127.0.0.1", 53));
            assertThatThrownBy(() -> dns.attempts(0)).hasMessage("attempts 0");
            assertThatThrownBy(() -> dns.timeout(Duration.ZERO)).hasMessageContaining("PT0S");
        });
    }

    // ---- by the system's resolver
    // ------------------------------------------------------------------------------------

    /** node#8436: one shared pool, on which lookups that hang starve files. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void lookupsThatHangDoNotStarveFiles(String backend) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Path file = folder.resolve("f");
        run(backend, () -> {
            int workers = loop.kernel().options().workers();
            for (int i = 0; i < 2 * workers; i++) {
                // in the lane of lookups, and as slow as a name server that does not answer
                loop.blocking(
                        () -> {
                            gate.await();
                            return null;
                        },
                        WorkerLane.SLOW);
            }
            LoopPromise<List<InetAddress>> waiting = loop.dns().lookup("localhost");
            waiting.thenAccept(found -> log.add("found"));
            LoopPromise<List<InetAddress>> cancelled = loop.dns().lookup("localhost");
            outcome(cancelled);
            loop.fs()
                    .writeFile(file, "text")
                    .thenCompose(done -> loop.fs().readFile(file))
                    .thenAccept(text -> {
                        log.add(text);
                        assertThat(waiting.isDone()).isFalse();
                        cancelled.cancel(false);
                        gate.countDown();
                    });
        });
        assertThat(log).hasSize(3);
        assertThat(log.get(0)).isEqualTo("text");
        assertThat(log.get(1)).isInstanceOf(CancellationException.class);
        assertThat(log.get(2)).isEqualTo("found");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anAddressHasItsNameOrAnError(String backend) throws Exception {
        String expected = InetAddress.getByAddress(new byte[] {127, 0, 0, 1}).getHostName();
        assumeThat(expected).isNotEqualTo("127.0.0.1");
        run(backend, () -> outcome(loop.dns().reverse(InetAddress.getLoopbackAddress())));
        assertThat(log).containsExactly(expected);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aNameThatCannotBeLookedUpIsAnError(String backend) throws Exception {
        // by RFC 6761 there is none, and by its form no resolver can make one of it
        run(backend, () -> outcome(loop.dns().lookup("no such name.invalid")));
        assertThat(log.get(0)).isInstanceOf(UnknownHostException.class);
    }
}
