package dev.torus.benchmarks.strategies;

import dev.torus.examples.strategies.Service;
import dev.torus.examples.strategies.Strategy;
import java.nio.file.Path;

/** The process that is measured: {@code StrategyServer STRATEGY FILE}. Ends when its standard input does. */
public final class StrategyServer {
    private StrategyServer() {}

    /** Tells {@code listening PORT} when it is ready. */
    public static void main(String[] args) throws Exception {
        try (Service service = Strategy.named(args[0]).start(Path.of(args[1]))) {
            System.out.println("listening " + service.port());
            while (System.in.read() >= 0) {
                // until the parent closes it or dies
            }
        }
        System.exit(0); // threads of connections that still wait for their client
    }
}
