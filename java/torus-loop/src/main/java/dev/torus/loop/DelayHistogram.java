package dev.torus.loop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * How late the loop's timers are: a timer that does not keep the loop alive asks for a call every so often, and how much later than
 * asked for it comes is recorded; Node's monitorEventLoopDelay, whose values also contain the resolution itself. Values are nanoseconds,
 * three digits of them exact. Off at first; loop thread only.
 */
public final class DelayHistogram {
    private static final int DIGITS = 3;

    private final EventLoop loop;
    private final long resolutionMillis;
    private final LongSupplier nanoClock;
    private final Histogram histogram = new Histogram(DIGITS);
    private Timeout timer;
    private long due;

    DelayHistogram(EventLoop loop, long resolutionMillis, LongSupplier nanoClock) {
        this.loop = loop;
        this.resolutionMillis = resolutionMillis;
        this.nanoClock = nanoClock;
    }

    /** Begins to record; false if it does already. */
    public boolean enable() {
        loop.checkThread();
        if (timer != null) {
            return false;
        }
        expectNext();
        timer = loop.setInterval(Duration.ofMillis(resolutionMillis), this::sample)
                .unref();
        return true;
    }

    /** Ends the recording and keeps what was recorded; false if it was off. */
    public boolean disable() {
        loop.checkThread();
        if (timer == null) {
            return false;
        }
        timer.clear();
        timer = null;
        return true;
    }

    private void expectNext() {
        due = nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(resolutionMillis);
    }

    private void sample() {
        // the loop's clock counts whole milliseconds: a call may be early by less than one
        histogram.recordValue(Math.max(0, nanoClock.getAsLong() - due));
        expectNext();
    }

    /** Forgets what was recorded. */
    public void reset() {
        loop.checkThread();
        histogram.reset();
    }

    /** How many calls were recorded. */
    public long count() {
        return histogram.getTotalCount();
    }

    /** The smallest delay; 0 if there is none. */
    public long min() {
        return count() == 0 ? 0 : histogram.getMinValue();
    }

    /** The largest delay; 0 if there is none. */
    public long max() {
        return histogram.getMaxValue();
    }

    /** The mean of the delays; 0 if there is none. */
    public double mean() {
        return count() == 0 ? 0 : histogram.getMean();
    }

    /** Their standard deviation; 0 if there is none. */
    public double stddev() {
        return count() == 0 ? 0 : histogram.getStdDeviation();
    }

    /** The delay that so many percent of the calls did not exceed. */
    public long percentile(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("percentile " + percent);
        }
        return histogram.getValueAtPercentile(percent);
    }

    @Override
    public String toString() {
        return count() + " delays, mean " + (long) mean() / 1000 + " us, 99 % at most " + percentile(99) / 1000
                + " us, max " + max() / 1000 + " us";
    }
}
