package dev.torus.loop;

import java.time.Duration;
import java.util.List;

/**
 * A loop whose callbacks have run for so long without a look at its events.
 *
 * @param thread the loop's thread
 * @param blockedFor since it last returned from waiting for events
 * @param stack what the thread did when it was looked at, innermost first
 */
public record BlockedLoop(Thread thread, Duration blockedFor, List<StackTraceElement> stack) {
    /** Copies the stack. */
    public BlockedLoop {
        stack = List.copyOf(stack);
    }

    /** For people, the stack below in the form that Java prints. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("loop on thread ")
                .append(thread.getName())
                .append(" blocked for ")
                .append(blockedFor.toMillis())
                .append(" ms");
        stack.forEach(frame -> text.append("\n\tat ").append(frame));
        return text.toString();
    }
}
