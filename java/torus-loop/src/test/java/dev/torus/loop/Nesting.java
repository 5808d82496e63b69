package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Intervals of one track must contain each other or not touch. */
public final class Nesting {
    private record Interval(String name, long began, long ended) {}

    private final Deque<Interval> open = new ArrayDeque<>();
    private final List<String> paths = new ArrayList<>();

    /** Adds one that does not begin before those that were added already; its names from the outermost on. */
    public void add(String name, long began, long ended) {
        assertThat(ended).as(name).isGreaterThanOrEqualTo(began);
        while (!open.isEmpty() && open.peek().ended <= began && began < ended) {
            open.pop();
        }
        while (!open.isEmpty() && open.peek().ended < began) {
            open.pop();
        }
        if (!open.isEmpty()) {
            assertThat(began).as("%s begins in %s", name, open.peek()).isGreaterThanOrEqualTo(open.peek().began);
            assertThat(ended).as("%s ends in %s", name, open.peek()).isLessThanOrEqualTo(open.peek().ended);
        }
        StringBuilder path = new StringBuilder();
        open.descendingIterator()
                .forEachRemaining(outer -> path.append(outer.name).append('/'));
        paths.add(path + name);
        open.push(new Interval(name, began, ended));
    }

    /** All of them with what they are in, such as {@code turn/poll/accept}. */
    public List<String> paths() {
        return paths;
    }
}
