package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.KernelStats;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A thousand connections that echo, are cancelled, closed and reset at random. {@code torus.tck.stress.connections} and
 * {@code torus.tck.stress.seconds} (3 unless set) per backend.
 */
public abstract class StressSuite {
    private static final int CONNECTIONS = Integer.getInteger("torus.tck.stress.connections", 1000);
    private static final long SECONDS = Long.getLong("torus.tck.stress.seconds", 3);

    @BackendTest(operations = "a thousand connections")
    void K22_aThousandConnectionsEchoAmidCancelsClosesAndResets(Lab lab) throws Exception {
        try (EchoServer server = new EchoServer(lab.provider(), CONNECTIONS)) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            long seed = System.nanoTime();
            Future<EchoClients.Summary> clients = lab.thread("clients", () -> {
                try (EchoClients all = new EchoClients(lab.provider(), server.address(), CONNECTIONS, seed)) {
                    return all.run(end);
                } finally {
                    server.stop();
                }
            });
            server.run();
            EchoClients.Summary summary = Lab.join(clients);
            if (summary.descriptorLimit()) {
                Lab.skip("the process may not open descriptors for " + CONNECTIONS + " connections");
            }
            assertThat(summary.wrongBytes()).as("seed %d: %s", seed, summary).isZero();
            assertThat(summary.echoes()).as(summary.toString()).isGreaterThan(CONNECTIONS);
            KernelStats stats = server.end();
            assertThat(stats.pending()).as(stats.toString()).isZero();
            assertThat(stats.openHandles()).as(stats.toString()).isZero();
            assertThat(stats.lentBuffers()).as(stats.toString()).isZero();
        }
    }
}
