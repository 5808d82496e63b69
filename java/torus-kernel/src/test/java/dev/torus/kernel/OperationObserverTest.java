package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OperationObserverTest implements OperationObserver {
    private static final long ACCEPT = 7;
    private static final long CONNECT = 8;
    private static final long TASK = 9;
    private static final long RECEIVE = 10;

    private final List<String> log = new ArrayList<>();
    private long beganNanos;
    private long endedNanos;

    static Stream<String> backends() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name);
    }

    @Override
    public void delivering(long token, String operation, long result, boolean last) {
        log.add(operation + " " + token + (result < 0 ? " failed" : "") + (last ? "" : " and more"));
    }

    @Override
    public void worked(long token, String operation, String worker, long began, long ended) {
        log.add(operation + " " + token + " by " + worker);
        beganNanos = began;
        endedNanos = ended;
    }

    private static IoKernel open(String backend) throws Exception {
        return IoKernel.open(KernelOptions.builder().backend(backend).build());
    }

    private void turnUntilNothingIsPending(IoKernel kernel) {
        while (kernel.pending() != 0) {
            kernel.enter(-1);
            kernel.drain((token, result, flags) -> log.add("handler " + token));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void operationsAreToldByNameJustBeforeTheHandler(String backend) throws Exception {
        try (IoKernel kernel = open(backend)) {
            kernel.observe(this);
            long listener = kernel.socket(AddressFamily.INET, SocketType.STREAM);
            kernel.bind(listener, new InetSocketAddress("127.0.0.1", 0));
            kernel.listen(listener, 1);
            kernel.accept(listener, ACCEPT);
            long client = kernel.socket(AddressFamily.INET, SocketType.STREAM);
            kernel.connect(client, kernel.localAddress(listener), CONNECT);
            turnUntilNothingIsPending(kernel);
            assertThat(log)
                    .containsSubsequence("accept 7", "handler 7")
                    .containsSubsequence("connect 8", "handler 8")
                    .hasSize(4);
            log.clear();
            kernel.close(client, CONNECT);
            kernel.recv(client, kernel.allocate(8), 0, 8, RECEIVE);
            turnUntilNothingIsPending(kernel);
            assertThat(log).containsSubsequence("recv 10 failed", "handler 10").contains("close 8");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void workOfThePoolIsToldWithItsThreadAndTimes(String backend) throws Exception {
        try (IoKernel kernel = open(backend)) {
            kernel.observe(this);
            long before = System.nanoTime();
            long[] within = new long[1];
            kernel.blocking(
                    () -> {
                        within[0] = System.nanoTime();
                        return 3;
                    },
                    TASK);
            turnUntilNothingIsPending(kernel);
            assertThat(log).containsExactly("task 9 by torus-worker-0", "task 9", "handler 9");
            assertThat(before).isLessThanOrEqualTo(beganNanos);
            assertThat(beganNanos).isLessThanOrEqualTo(within[0]);
            assertThat(within[0]).isLessThanOrEqualTo(endedNanos);
            assertThat(endedNanos).isLessThanOrEqualTo(System.nanoTime());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void nobodyIsToldAnyMore(String backend) throws Exception {
        try (IoKernel kernel = open(backend)) {
            kernel.observe(this);
            kernel.blocking(() -> 0, TASK);
            kernel.observe(null);
            kernel.blocking(() -> 0, TASK);
            turnUntilNothingIsPending(kernel);
            assertThat(log).containsExactly("handler 9", "handler 9");
        }
    }
}
