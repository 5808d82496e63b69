package dev.torus.benchmarks.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogProcessor;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What latency/latency.py wrote is read by HdrHistogram's own tools; test_latency.py sees to it that it still writes that. */
class LatencyLogsTest {
    private static final Path RECORDED = Path.of("..", "testdata", "latency");

    @TempDir
    Path folder;

    @Test
    void theReaderFindsBothIntervalsWithTheirTimes() throws FileNotFoundException {
        List<Histogram> intervals = new ArrayList<>();
        try (HistogramLogReader reader =
                new HistogramLogReader(RECORDED.resolve("recorded.hlog").toFile())) {
            while (reader.hasNext()) {
                Histogram next = (Histogram) reader.nextIntervalHistogram();
                if (next != null) {
                    intervals.add(next);
                }
            }
            assertThat(reader.getStartTimeSec()).isEqualTo(100);
        }
        assertThat(intervals).extracting(Histogram::getTotalCount).containsExactly(100L, 90L);
        assertThat(intervals).extracting(Histogram::getStartTimeStamp).containsExactly(100_000L, 102_000L);
        assertThat(intervals.get(0).getValueAtPercentile(99)).isCloseTo(20_000, within(20L));
        assertThat(intervals.get(0).getMaxValue()).isCloseTo(5_000_000, within(5_000L));
    }

    @Test
    void theProcessorMakesTheSameDistributionOfThem() throws IOException, InterruptedException {
        Path out = folder.resolve("processed");
        HistogramLogProcessor processor = new HistogramLogProcessor(new String[] {
            "-i", RECORDED.resolve("recorded.hlog").toString(), "-o", out.toString(), "-outputValueUnitRatio", "1000000"
        });
        processor.start();
        processor.join();
        List<double[]> processed = distribution(folder.resolve("processed.hgrm"));
        List<double[]> recorded = distribution(RECORDED.resolve("recorded.hgrm"));
        assertThat(recorded).isNotEmpty();
        for (double[] line : recorded) {
            assertThat(processed)
                    .as("value %s at %s", line[0], line[1])
                    .anyMatch(other -> other[1] >= line[1] && Math.abs(other[0] - line[0]) <= line[0] / 1000 + 0.001);
        }
        assertThat(processed.get(processed.size() - 1)[2])
                .isEqualTo(recorded.get(recorded.size() - 1)[2])
                .isEqualTo(190);
    }

    /** Value, percentile, count of each line of a .hgrm file. */
    private static List<double[]> distribution(Path file) throws IOException {
        List<double[]> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            String[] fields = line.strip().split("\\s+");
            if (fields.length >= 3 && fields[0].matches("[0-9.]+")) {
                lines.add(new double[] {
                    Double.parseDouble(fields[0]), Double.parseDouble(fields[1]), Double.parseDouble(fields[2])
                });
            }
        }
        return lines;
    }
}
