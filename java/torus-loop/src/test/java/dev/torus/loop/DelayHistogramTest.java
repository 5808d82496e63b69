package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DelayHistogramTest {
    private static final long MS = 1_000_000;

    /** Virtual time: a wait makes it pass, a callback as much as it says. */
    private final ScriptedLoop script = new ScriptedLoop();

    @Test
    void howMuchLaterThanAskedForIsRecorded() {
        EventLoop loop = script.loop;
        DelayHistogram histogram = new DelayHistogram(loop, 10, () -> script.now * MS);
        List<String> log = new ArrayList<>();
        loop.run(() -> {
            assertThat(histogram.enable()).isTrue();
            assertThat(histogram.enable()).isFalse();
            // blocks from 25 to 65: the call that is due at 30 comes at 65, the next at 75
            loop.setTimeout(25, () -> script.spend(40));
            loop.setTimeout(100, () -> {
                assertThat(histogram.disable()).isTrue();
                assertThat(histogram.disable()).isFalse();
                log.add(histogram.count() + " min " + histogram.min() + " max " + histogram.max() / MS);
            });
        });
        assertThat(log).containsExactly("6 min 0 max 35");
        assertThat(histogram.percentile(50)).isZero();
        assertThat(histogram.percentile(100)).isBetween(35 * MS, 35 * MS + MS / 10);
        assertThat(histogram.mean()).isBetween(35.0 * MS / 6 * 0.99, 35.0 * MS / 6 * 1.01);
        assertThat(histogram.stddev()).isPositive();
        histogram.reset();
        assertThat(histogram.count()).isZero();
        assertThat(histogram.max()).isZero();
        assertThat(histogram.mean()).isZero();
        assertThatThrownBy(() -> histogram.percentile(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itDoesNotKeepTheLoopAlive() throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            loop.run(() -> assertThat(loop.perf()
                            .monitorEventLoopDelay(Duration.ofMillis(1))
                            .enable())
                    .isTrue());
            assertThatThrownBy(() -> loop.perf().monitorEventLoopDelay(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void withoutTheLibraryEverythingElseWorksAndTheErrorSaysWhatIsMissing() throws Exception {
        List<URL> path = new ArrayList<>();
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            if (!entry.contains("HdrHistogram")) {
                path.add(new File(entry).toURI().toURL());
            }
        }
        try (URLClassLoader without =
                new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Object message = without.loadClass(WithoutHistogram.class.getName())
                    .getMethod("message")
                    .invoke(null);
            assertThat((String) message).contains("org.hdrhistogram:HdrHistogram");
        }
    }

    /** Loaded by a class loader that has no HdrHistogram. */
    public static final class WithoutHistogram {
        private WithoutHistogram() {}

        /** What the program is told. */
        public static String message() throws Exception {
            String[] told = {"nothing"};
            try (EventLoop loop =
                    EventLoop.create(LoopOptions.builder().backend("nio").build())) {
                loop.run(() -> {
                    loop.perf().eventLoopUtilization();
                    try {
                        loop.perf().monitorEventLoopDelay(Duration.ofMillis(1));
                    } catch (IllegalStateException e) {
                        told[0] = e.getMessage();
                    }
                });
            }
            return told[0];
        }
    }
}
