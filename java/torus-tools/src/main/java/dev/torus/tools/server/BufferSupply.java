package dev.torus.tools.server;

import dev.torus.kernel.BufferGroup;
import java.util.concurrent.TimeUnit;

/**
 * The receive buffers of a server, and the connections that wait for one: a small group, and mostly a large one for streams.
 *
 * <p>Few large buffers are free for the system at a time, the ones that were used last: the next receive finds them in the
 * processor's cache. The others are a reserve for when peers do not take what is sent to them.
 *
 * <p>Who finds no buffer waits in line and loses nothing, as the data stay with the system. Streams that wait although no
 * large buffer comes home at all take small ones after a while, or peers that do not read could stop all others. One thread.
 */
final class BufferSupply {
    static final int SMALL = 0;
    static final int LARGE = 1;

    /** Large buffers that are free for the system at a time. */
    private static final int FREE_LARGE = 8;

    /** How long streams wait for a large buffer before they take small ones. */
    private static final long EXHAUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final BufferGroup[] groups;
    private final IntDeque[] waiting;
    private final IntDeque reserve = new IntDeque();

    /** Since when streams have been waiting and no large buffer was free; 0: it is not so. */
    private long exhaustedSince;

    /** Receives again on a connection that has waited for a buffer. */
    @FunctionalInterface
    interface Receiver {
        void receive(int connection, int group);
    }

    BufferSupply(BufferGroup... groups) {
        this.groups = groups;
        this.waiting = new IntDeque[groups.length];
        for (int group = 0; group < groups.length; group++) {
            waiting[group] = new IntDeque();
        }
    }

    BufferGroup group(int group) {
        return groups[group];
    }

    boolean hasLarge() {
        return groups.length > LARGE;
    }

    /** A buffer has done its service. */
    void recycle(int group, int bufferId) {
        if (group == LARGE) {
            reserve.addLast(bufferId);
        } else {
            groups[group].recycle(bufferId);
        }
    }

    /** Whether connections wait for a buffer of the group; others come after them. */
    boolean isAwaited(int group) {
        return !waiting[group].isEmpty();
    }

    /** A receive on the connection found no buffer of the group. */
    void await(int connection, int group) {
        waiting[group].addLast(connection);
    }

    /** How long the next turn may sleep, as far as buffers go, in nanoseconds. */
    long patience() {
        for (int group = 0; group < groups.length; group++) {
            if (!waiting[group].isEmpty() && free(group) > 0) {
                return 0; // those who had their chance did not use what there was
            }
        }
        return exhaustedSince == 0 ? Long.MAX_VALUE : EXHAUSTED_NANOS;
    }

    /** To be called after each turn: those who wait receive again, the first come first, as far as there are buffers. */
    void serve(Receiver receiver) {
        if (hasLarge()) {
            while (!reserve.isEmpty() && free(LARGE) < FREE_LARGE) {
                groups[LARGE].recycle(reserve.removeLast());
            }
            if (!waiting[LARGE].isEmpty() || exhaustedSince != 0) {
                serveLarge(receiver);
            }
        }
        serve(SMALL, free(SMALL), SMALL, receiver);
    }

    private void serveLarge(Receiver receiver) {
        serve(LARGE, free(LARGE), LARGE, receiver);
        if (waiting[LARGE].isEmpty() || free(LARGE) > 0) {
            exhaustedSince = 0;
            return;
        }
        long now = System.nanoTime() | 1;
        if (exhaustedSince == 0) {
            exhaustedSince = now;
        } else if (now - exhaustedSince > EXHAUSTED_NANOS) {
            serve(LARGE, Integer.MAX_VALUE, SMALL, receiver);
            exhaustedSince = 0;
        }
    }

    private void serve(int line, int most, int group, Receiver receiver) {
        for (int left = Math.min(most, waiting[line].size()); left > 0; left--) {
            receiver.receive(waiting[line].removeFirst(), group);
        }
    }

    private int free(int group) {
        return groups[group].buffers() - groups[group].lent();
    }
}
