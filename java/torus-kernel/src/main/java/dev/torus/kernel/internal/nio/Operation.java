package dev.torus.kernel.internal.nio;

/** One submission on its way to its terminal completion. Pooled: a turn of the ring makes none. */
final class Operation {
    int opcode;
    long userData;
    SocketHandle handle;
    /** Buffer, {@code msghdr} or address, by opcode. */
    long address;
    /** Bytes of the buffer or address; mask of a poll. */
    int length;
    /** MSG_* bits. */
    int messageFlags;
    /** The second address: the destination of SEND, the address length of ACCEPT. */
    long address2;

    int address2Length;
    int bufferGroup;
    boolean selectsBuffer;
    boolean multishot;
    /** CONNECT: the channel was asked. */
    boolean started;
    /** Bytes that went so far. */
    int done;
    /** Flags of the completion being made: the buffer that was taken. */
    int completionFlags;

    /** The next in a socket's queue, or in the pool. */
    Operation next;
    /** The next in {@link PendingOperations}. */
    Operation nextPending;

    boolean pending;

    /** Makes it as new, without the fields that every submission sets. */
    void reset() {
        handle = null;
        started = false;
        done = 0;
        completionFlags = 0;
        next = null;
    }
}
