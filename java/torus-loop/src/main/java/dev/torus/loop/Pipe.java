package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;

/** A source and a destination, coupled so that the source is not read faster than the destination takes its data. */
final class Pipe {
    private final Readable from;
    private final Writable to;
    private final Consumer<IOException> done;
    private boolean sourceEnded;
    private boolean sourceClosed;
    private boolean destinationClosed;
    private IOException failure;

    Pipe(Readable from, Writable to, Consumer<IOException> done) {
        this.from = from;
        this.to = to;
        this.done = Objects.requireNonNull(done, "done");
    }

    static void connect(Readable from, Writable to) {
        connect(from, to, to::end);
    }

    private static void connect(Readable from, Writable to, Runnable atEnd) {
        to.onDrain(from::resume);
        from.onData(data -> {
            if (!to.isEnded() && !to.write(data)) {
                from.pause();
            }
        });
        from.onEnd(atEnd);
    }

    void start() {
        from.onFailure(this::failed);
        to.onFailure(this::failed);
        from.onClose(() -> {
            sourceClosed = true;
            if (!sourceEnded) {
                closedEarly("the source");
                to.destroy();
            }
            finishIfClosed();
        });
        to.onClose(() -> {
            destinationClosed = true;
            // an echo: one object is both
            sourceClosed |= from == to;
            if (!sourceEnded) {
                closedEarly("the destination");
            }
            from.destroy();
            finishIfClosed();
        });
        connect(from, to, () -> {
            sourceEnded = true;
            to.end();
            if (to instanceof Duplex duplex) {
                // what the peer sends back is nobody's here, and it closes when both sides have ended
                duplex.resume();
            }
        });
    }

    private void closedEarly(String side) {
        if (failure == null) {
            failure = TorusIoException.of("pipeline", side + " closed before its end", Errno.ECANCELED.result());
        }
    }

    private void failed(IOException e) {
        if (failure == null) {
            failure = e;
        }
        from.destroy();
        to.destroy();
    }

    private void finishIfClosed() {
        if (sourceClosed && destinationClosed) {
            done.accept(failure);
        }
    }
}
