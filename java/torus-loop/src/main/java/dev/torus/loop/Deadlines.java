package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.RingAbi;
import java.time.Duration;

/** Times that the loop's timers can keep: longer ones would be one millisecond (R18). */
final class Deadlines {
    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    private Deadlines() {}

    /** The time, if it is positive and not longer than 24 days. */
    static Duration check(Duration deadline) {
        if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("deadline " + deadline + " is not positive or longer than " + LONGEST);
        }
        return deadline;
    }

    /** What an operation whose deadline has passed ends with. */
    static TorusIoException passed(String operation, String subject) {
        return TorusIoException.of(operation, subject, Errno.ECANCELED.result(), RingAbi.CQE_F_TIMED_OUT, null);
    }
}
