package dev.torus.loop;

/** More bytes were to be queued on a stream than {@link LoopOptions#maxQueuedBytes()} allows; none of them was. */
public final class QueuedBytesLimitException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    QueuedBytesLimitException(Object stream, long bytes, int limit) {
        super(stream + ": " + bytes + " bytes would be queued, the limit is " + limit
                + "; wait for onDrain once write answers false");
    }

    /** Refuses what does not fit. */
    static void check(Object stream, int queued, int more, int limit) {
        if (more > limit - queued) {
            throw new QueuedBytesLimitException(stream, (long) queued + more, limit);
        }
    }
}
