package dev.torus.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A source of bytes: a {@link Socket}, a {@link FileReadStream}, what a {@link ChildProcess} prints. Data comes in order, then end, then
 * close; close is always the last and comes once. Reading begins when {@link #onData}, {@link #onEnd} or {@link #resume} is called. A
 * handler that is set takes the place of the one before. Loop thread only.
 */
public interface Readable {
    /** Called with data as it arrives. The buffer is the handler's only until it returns. */
    Readable onData(Consumer<ByteBuffer> handler);

    /** Called when there is no more data; not after an error or {@link #destroy()}. */
    Readable onEnd(Runnable handler);

    /** Called last of all. */
    Readable onClose(Runnable handler);

    /** Called with what went wrong; close follows. Without a handler that is an uncaught exception. */
    Readable onFailure(Consumer<IOException> handler);

    /** No data callbacks until {@link #resume()}; nothing is lost (R54). */
    void pause();

    /** Goes on reading, or begins to; without a data handler what arrives is dropped. */
    void resume();

    /** Whether reading is paused. */
    boolean isPaused();

    /** Closes at once: only the close callback follows. */
    void destroy();

    /** Whether it was destroyed, by the program, an error, or because it has ended. */
    boolean isDestroyed();

    /**
     * Writes everything that arrives here to a destination, no faster than that takes it, and ends it at the end. As with Node's
     * {@code readable.pipe}, a failure of one side leaves the other alone; {@link #pipeline} looks after both. Takes the handlers for data
     * and end of this side and for drain of the other. What arrives after the destination was ended or destroyed is dropped.
     *
     * @return the destination
     */
    default <W extends Writable> W pipe(W to) {
        Pipe.connect(this, to);
        return to;
    }

    /**
     * As {@link #pipe}, and looks after both sides as Node's {@code stream.pipeline} does: when one fails or closes too early, the other
     * is destroyed. Takes the handlers for failure and close of both sides as well.
     *
     * @param done called once, when both sides have closed: with null after everything was written, otherwise with what went wrong first
     */
    default void pipeline(Writable to, Consumer<IOException> done) {
        new Pipe(this, to, done).start();
    }
}
