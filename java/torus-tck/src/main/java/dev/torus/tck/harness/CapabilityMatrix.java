package dev.torus.tck.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What every backend passed, failed or skipped, and why: {@code capability-matrix.md} for people, {@code .json} for
 * programs. Written when the JUnit engine ends, into {@code torus.tck.matrixDirectory} ({@code target} unless set).
 */
final class CapabilityMatrix implements AutoCloseable {
    enum Outcome {
        PASSED,
        FAILED,
        SKIPPED
    }

    private record Result(String test, List<String> operations, String backend, Outcome outcome, String reason) {
        String rule() {
            int end = test.indexOf('_');
            return end < 0 ? "other" : test.substring(0, end);
        }
    }

    private final List<Result> results = new ArrayList<>();
    private final Set<String> backends = new LinkedHashSet<>();

    synchronized void record(String test, List<String> operations, String backend, Outcome outcome, String reason) {
        results.add(new Result(test, operations, backend, outcome, reason));
        backends.add(backend);
    }

    @Override
    public synchronized void close() {
        Path directory = Path.of(System.getProperty("torus.tck.matrixDirectory", "target"));
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("capability-matrix.md"), markdown());
            Files.writeString(directory.resolve("capability-matrix.json"), json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String markdown() {
        StringBuilder out = new StringBuilder("# Capability matrix\n\n")
                .append(System.getProperty("os.name"))
                .append(' ')
                .append(System.getProperty("os.version"))
                .append(", ")
                .append(System.getProperty("os.arch"))
                .append(", Java ")
                .append(System.getProperty("java.version"))
                .append(". Numbers are tests.\n");
        Map<String, List<Result>> byRule = new TreeMap<>();
        Map<String, List<Result>> byOperation = new TreeMap<>();
        Map<String, List<Result>> byTest = new TreeMap<>();
        for (Result result : results) {
            byRule.computeIfAbsent(result.rule(), key -> new ArrayList<>()).add(result);
            byTest.computeIfAbsent(result.test(), key -> new ArrayList<>()).add(result);
            for (String operation : result.operations()) {
                byOperation.computeIfAbsent(operation, key -> new ArrayList<>()).add(result);
            }
        }
        table(out, "Rules", byRule);
        table(out, "Operations", byOperation);
        table(out, "Tests", byTest);
        return out.toString();
    }

    private void table(StringBuilder out, String title, Map<String, List<Result>> rows) {
        out.append("\n## ").append(title).append("\n\n|");
        backends.forEach(backend -> out.append(" | ").append(backend));
        out.append(" |\n|---|").append("---|".repeat(backends.size())).append('\n');
        rows.forEach((row, all) -> {
            out.append("| ").append(label(row));
            for (String backend : backends) {
                out.append(" | ")
                        .append(cell(all.stream()
                                .filter(result -> result.backend().equals(backend))
                                .toList()));
            }
            out.append(" |\n");
        });
    }

    private static String label(String row) {
        String text = RuleText.of(row);
        return text == null ? row : row + " " + text;
    }

    private static String cell(List<Result> results) {
        if (results.isEmpty()) {
            return "not run";
        }
        List<String> parts = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            List<Result> some = results.stream()
                    .filter(result -> result.outcome() == outcome)
                    .toList();
            if (!some.isEmpty()) {
                parts.add(describe(outcome, some));
            }
        }
        return String.join("; ", parts);
    }

    private static String describe(Outcome outcome, Collection<Result> some) {
        String word = outcome == Outcome.FAILED ? "**FAILED**" : outcome.name().toLowerCase(java.util.Locale.ROOT);
        Set<String> reasons = new TreeSet<>();
        some.stream()
                .filter(result -> result.reason() != null)
                .forEach(result -> reasons.add(oneLine(result.reason())));
        return some.size() + " " + word + (reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")");
    }

    private static String oneLine(String reason) {
        String line = reason.replace('\n', ' ').replace("|", "\\|").strip();
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    private String json() {
        StringBuilder out = new StringBuilder("{\n  \"os\": ")
                .append(quote(System.getProperty("os.name") + " " + System.getProperty("os.version")))
                .append(",\n  \"arch\": ")
                .append(quote(System.getProperty("os.arch")))
                .append(",\n  \"java\": ")
                .append(quote(System.getProperty("java.version")))
                .append(",\n  \"results\": [");
        String separator = "\n";
        for (Result result : results) {
            out.append(separator)
                    .append("    {\"test\": ")
                    .append(quote(result.test()))
                    .append(", \"rule\": ")
                    .append(quote(result.rule()))
                    .append(", \"operations\": [")
                    .append(String.join(
                            ", ",
                            result.operations().stream()
                                    .map(CapabilityMatrix::quote)
                                    .toList()))
                    .append("], \"backend\": ")
                    .append(quote(result.backend()))
                    .append(", \"outcome\": ")
                    .append(quote(result.outcome().name().toLowerCase(java.util.Locale.ROOT)))
                    .append(result.reason() == null ? "" : ", \"reason\": " + quote(result.reason()))
                    .append('}');
            separator = ",\n";
        }
        return out.append("\n  ]\n}\n").toString();
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
