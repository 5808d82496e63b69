package dev.torus.loop;

import dev.torus.loop.trace.Span;
import dev.torus.loop.trace.Trace;
import dev.torus.loop.trace.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records what a loop does: turns with what they cost, phases, callbacks, operations and the pool's work. Records go into memory that is
 * allocated once; when it is full the newest take the place of the oldest, and {@link #dropped} tells how many are gone. Made by
 * {@link Perf#trace}; loop thread only.
 */
public final class LoopTracer {
    /** What {@link Perf#trace()} keeps. */
    static final int DEFAULT_RECORDS = 1 << 16;

    static final int MAX_RECORDS = 1 << 24;

    /**
     * A record is four words: the kind (8 bits), a name (24) and an extra number (32), begin, end, a value. Turns come after the kinds of
     * {@link Span.Kind}, and have their crossings where others have a name.
     */
    private static final int WORDS = 4;

    private static final int TURN = Span.Kind.values().length;
    private static final int MAX_NAMES = 1 << 16;
    private static final int RECENT = 64;
    private static final String OTHER = "other";

    private static final Comparator<Span> BY_BEGIN = Comparator.comparingLong(Span::beganNanos)
            .thenComparing(Span::endedNanos, Comparator.reverseOrder())
            .thenComparing(Span::kind);

    private final EventLoop loop;
    private final Thread thread = Thread.currentThread();
    private final long startNanos = System.nanoTime();
    private final Instant startedAt = Instant.now();
    private final long[] words;
    private final int records;
    private final Map<String, Integer> idsByName = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    /** Names that were looked up not long ago, by their hash: they come again as the same objects, so that comparing costs nothing. */
    private final String[] recentNames = new String[RECENT];

    private final int[] recentIds = new int[RECENT];
    private long written;
    /** Where the next record goes. */
    private int next;

    private long turns;

    LoopTracer(EventLoop loop, int records) {
        if (records < 1 || records > MAX_RECORDS) {
            throw new IllegalArgumentException("records " + records + " is not within 1 to " + MAX_RECORDS);
        }
        this.loop = loop;
        this.records = records;
        this.words = new long[records * WORDS];
        id(OTHER);
    }

    void span(Span.Kind kind, String name, long began, long ended) {
        record(kind.ordinal(), id(name), 0, began, ended, 0);
    }

    void jobs(long began, long ended, long count) {
        record(Span.Kind.JOBS.ordinal(), id("ticks and microtasks"), 0, began, ended, count);
    }

    void operation(String name, int token, long began, long ended, long result) {
        record(Span.Kind.OPERATION.ordinal(), id(name), token, began, ended, result);
    }

    void work(String name, String worker, int token, long began, long ended) {
        record(Span.Kind.WORK.ordinal(), id(name), token, began, ended, id(worker));
    }

    void turn(long began, long ended, int syscalls, int crossings, int completions, int callbacks) {
        turns++;
        record(TURN, crossings, syscalls, began, ended, (long) completions << Integer.SIZE | callbacks);
    }

    private void record(int kind, int name, int extra, long began, long ended, long value) {
        int at = next;
        next = at + WORDS == words.length ? 0 : at + WORDS;
        written++;
        words[at] = (long) extra << Integer.SIZE | (long) (name & 0xffffff) << Byte.SIZE | kind;
        words[at + 1] = began;
        words[at + 2] = ended;
        words[at + 3] = value;
    }

    @SuppressWarnings("ReferenceEquality") // the same text in another object is found, too, only later
    private int id(String name) {
        int place = name.hashCode() & (RECENT - 1);
        if (recentNames[place] != name) {
            recentIds[place] = find(name);
            recentNames[place] = name;
        }
        return recentIds[place];
    }

    private int find(String name) {
        Integer known = idsByName.get(name);
        if (known != null) {
            return known;
        }
        if (names.size() == MAX_NAMES) {
            return 0;
        }
        int id = names.size();
        names.add(name);
        idsByName.put(name, id);
        return id;
    }

    /** How many records are gone because there was no room for all. */
    public long dropped() {
        return Math.max(0, written - records);
    }

    /** What is recorded now; the turn that is under way is not, but what has ended in it is. */
    public Trace trace() {
        loop.checkThread();
        return snapshot();
    }

    /** As {@link #trace()}, for whoever knows that the loop's thread does not record now. */
    Trace snapshot() {
        List<Turn> turnList = new ArrayList<>();
        List<Span> spans = new ArrayList<>();
        Span.Kind[] kinds = Span.Kind.values();
        for (long i = dropped(); i < written; i++) {
            int at = (int) (i % records) * WORDS;
            int kind = (int) words[at] & 0xff;
            if (kind == TURN) {
                turnList.add(turnAt(at));
            } else {
                spans.add(spanAt(at, kinds[kind]));
            }
        }
        spans.sort(BY_BEGIN);
        return new Trace(
                thread.getName(),
                loop.kernel().backendName(),
                startNanos,
                startedAt,
                numbered(turnList),
                spans,
                dropped());
    }

    private Turn turnAt(int at) {
        return new Turn(
                0,
                words[at + 1],
                words[at + 2],
                (int) (words[at] >>> Integer.SIZE),
                (int) words[at] >>> Byte.SIZE,
                (int) (words[at + 3] >>> Integer.SIZE),
                (int) words[at + 3]);
    }

    private Span spanAt(int at, Span.Kind kind) {
        boolean work = kind == Span.Kind.WORK;
        return new Span(
                kind,
                names.get((int) words[at] >>> Byte.SIZE),
                words[at + 1],
                words[at + 2],
                work ? names.get((int) words[at + 3]) : null,
                words[at] >>> Integer.SIZE,
                work ? 0 : words[at + 3]);
    }

    /** The newest has the number of turns so far; the older ones count down from there. */
    private List<Turn> numbered(List<Turn> kept) {
        List<Turn> list = new ArrayList<>(kept.size());
        long number = turns - kept.size();
        for (Turn turn : kept) {
            number++;
            list.add(new Turn(
                    number,
                    turn.beganNanos(),
                    turn.endedNanos(),
                    turn.syscalls(),
                    turn.crossings(),
                    turn.completions(),
                    turn.callbacks()));
        }
        return list;
    }

    /** Ends recording; what is recorded stays. */
    public void stop() {
        loop.checkThread();
        loop.watch().stop(this);
    }
}
