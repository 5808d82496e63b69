package dev.torus.benchmarks.strategies;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.torus.examples.strategies.Strategy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Runs every strategy in turn, round by round, prints a table and writes JSON. Linux, because it reads proc(5). */
@CommandLine.Command(name = "strategies", mixinStandardHelpOptions = true)
public final class StrategyBenchmark implements Callable<Integer> {
    @Option(names = "--clients", split = ",", defaultValue = "10,1000,10000", description = "${DEFAULT-VALUE}")
    private List<Integer> clients;

    @Option(names = "--strategies", split = ",", description = "all that this JVM can")
    private List<String> strategies;

    @Option(names = "--rounds", defaultValue = "3", description = "${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "of a measurement: ${DEFAULT-VALUE}")
    private double seconds;

    @Option(names = "--warmup", defaultValue = "2", description = "seconds before it: ${DEFAULT-VALUE}")
    private double warmup;

    @Option(names = "--file-bytes", defaultValue = "4096", description = "${DEFAULT-VALUE}")
    private int fileBytes;

    @Option(names = "--server-prefix", split = " ", description = "before the server's command, e.g. \"taskset -c 0\"")
    private List<String> prefix = List.of();

    @Option(names = "--json", description = "where the rows go")
    private Path json;

    /** For {@code java -cp}. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new StrategyBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<Strategy> chosen = strategies == null
                ? Stream.of(Strategy.values())
                        .filter(strategy -> strategy.unavailableReason() == null)
                        .toList()
                : strategies.stream().map(Strategy::named).toList();
        Path file = Files.createTempFile("torus-strategies", ".bin");
        try {
            byte[] content = new byte[fileBytes];
            new Random(1).nextBytes(content);
            Files.write(file, content);
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            byte[] answer = (HexFormat.of().formatHex(hash) + "\n").getBytes(StandardCharsets.US_ASCII);
            List<Row> rows = new ArrayList<>();
            Table table = new Table(System.out);
            for (int count : clients) {
                for (int round = 1; round <= rounds; round++) {
                    for (Strategy strategy : chosen) {
                        Row row = measure(strategy, count, round, file, answer);
                        rows.add(row);
                        table.print(row);
                    }
                }
            }
            write(rows);
        } finally {
            Files.delete(file);
        }
        return 0;
    }

    private Row measure(Strategy strategy, int count, int round, Path file, byte[] answer) throws IOException {
        try (ServerProcess server = new ServerProcess(strategy, file, prefix);
                HashLoad load = new HashLoad(server.address(), count, answer)) {
            load.run(warmup);
            ProcessFigures before = ProcessFigures.of(server.pid());
            SystemFigures machine = SystemFigures.now();
            HashLoad.Result result = load.run(seconds);
            ProcessFigures after = ProcessFigures.of(server.pid());
            return Row.of(
                    strategy.title(),
                    count,
                    round,
                    result,
                    before,
                    after,
                    SystemFigures.now().since(machine));
        }
    }

    private void write(List<Row> rows) throws IOException {
        if (json == null) {
            return;
        }
        Map<String, Object> run = Map.of(
                "benchmark",
                "strategies",
                "java",
                Runtime.version().toString(),
                "processors",
                Runtime.getRuntime().availableProcessors(),
                "fileBytes",
                fileBytes,
                "seconds",
                seconds,
                "rows",
                rows);
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), run);
    }
}
