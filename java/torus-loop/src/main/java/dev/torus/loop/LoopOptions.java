package dev.torus.loop;

import dev.torus.kernel.KernelOptions;
import java.util.Objects;

/**
 * Choices and limits of a loop. Made by {@link #builder()}.
 *
 * @param kernel options of the kernel below, among them the backend's name; with its filesOnPool, files keep Node's order
 *     exactly (R45)
 * @param clock the loop's clock
 * @param receiveBuffers provided buffers for receiving, shared by all sockets, a power of two
 * @param receiveBufferBytes size of each, a multiple of 8
 * @param streamBuffers provided buffers for connections that fill the others, made when the first does; a power of two, or 0:
 *     none. Such a connection is read one of them a turn, so that it does not starve the others
 * @param streamBufferBytes size of each, a multiple of 8 and larger than the others
 * @param maxQueuedBytes how much may be queued on a stream at most, 1 to 2147483647; beyond it a write throws
 *     {@link QueuedBytesLimitException}
 * @param maxCallbacksPerTurn how many completions and posted tasks a poll phase delivers at most, and how many immediates a check phase
 *     runs, at least 1; what is left waits for the next turn, before what comes later. Unless it is set, the order of events is Node's
 * @param maxChildren how many child processes may run at a time, at least 1; beyond it starting one fails with EAGAIN
 */
public record LoopOptions(
        KernelOptions kernel,
        LoopClock clock,
        int receiveBuffers,
        int receiveBufferBytes,
        int streamBuffers,
        int streamBufferBytes,
        int maxQueuedBytes,
        int maxCallbacksPerTurn,
        int maxChildren) {
    /** Checks what the kernel does not check at once. */
    public LoopOptions {
        Objects.requireNonNull(kernel, "kernel");
        Objects.requireNonNull(clock, "clock");
        if (streamBuffers != 0 && streamBufferBytes <= receiveBufferBytes) {
            throw new IllegalArgumentException("streamBufferBytes " + streamBufferBytes
                    + " is not more than receiveBufferBytes " + receiveBufferBytes);
        }
        if (streamBuffers < 0 || streamBuffers > 1 << 15 || Integer.bitCount(streamBuffers) > 1) {
            throw new IllegalArgumentException(
                    "streamBuffers " + streamBuffers + " is not a power of two up to 32768, or 0");
        }
        checkPositive("maxQueuedBytes", maxQueuedBytes);
        checkPositive("maxCallbacksPerTurn", maxCallbacksPerTurn);
        checkPositive("maxChildren", maxChildren);
    }

    private static void checkPositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " " + value + " is less than 1");
        }
    }

    /** The defaults. */
    public static LoopOptions defaults() {
        return builder().build();
    }

    /** A builder that starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options; each method names the option of the same name. */
    public static final class Builder {
        private KernelOptions kernel = KernelOptions.defaults();
        private LoopClock clock = LoopClock.system();
        private int receiveBuffers = 256;
        private int receiveBufferBytes = 16 * 1024;
        private int streamBuffers = 32;
        private int streamBufferBytes = 64 * 1024;
        private int maxQueuedBytes = 1 << 30;
        private int maxCallbacksPerTurn = Integer.MAX_VALUE;
        private int maxChildren = 256;

        private Builder() {}

        /** See {@link LoopOptions#kernel()}. */
        public Builder kernel(KernelOptions value) {
            kernel = value;
            return this;
        }

        /** Default kernel options with a backend by name. */
        public Builder backend(String name) {
            kernel = KernelOptions.builder().backend(name).build();
            return this;
        }

        /** See {@link LoopOptions#clock()}. */
        public Builder clock(LoopClock value) {
            clock = value;
            return this;
        }

        /** See {@link LoopOptions#receiveBuffers()}; without stream buffers if these are as large as those. */
        public Builder receiveBuffers(int count, int bytes) {
            receiveBuffers = count;
            receiveBufferBytes = bytes;
            streamBuffers = bytes < streamBufferBytes ? streamBuffers : 0;
            return this;
        }

        /** See {@link LoopOptions#streamBuffers()}. */
        public Builder streamBuffers(int count, int bytes) {
            streamBuffers = count;
            streamBufferBytes = bytes;
            return this;
        }

        /** See {@link LoopOptions#maxQueuedBytes()}. */
        public Builder maxQueuedBytes(int value) {
            maxQueuedBytes = value;
            return this;
        }

        /** See {@link LoopOptions#maxCallbacksPerTurn()}. */
        public Builder maxCallbacksPerTurn(int value) {
            maxCallbacksPerTurn = value;
            return this;
        }

        /** See {@link LoopOptions#maxChildren()}. */
        public Builder maxChildren(int value) {
            maxChildren = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException names the option that is out of range
         */
        public LoopOptions build() {
            return new LoopOptions(
                    kernel,
                    clock,
                    receiveBuffers,
                    receiveBufferBytes,
                    streamBuffers,
                    streamBufferBytes,
                    maxQueuedBytes,
                    maxCallbacksPerTurn,
                    maxChildren);
        }
    }
}
