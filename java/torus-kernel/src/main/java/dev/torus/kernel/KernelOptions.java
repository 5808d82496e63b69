package dev.torus.kernel;

/**
 * Limits and choices of a kernel; every limit has a defined answer when it is met. Made by {@link #builder()}.
 *
 * @param backend name of the backend, or null for {@code -Dtorus.backend}, {@code TORUS_BACKEND} or the best one
 * @param submissionEntries size of the submission ring, a power of two, 2 to 32768; when full, queueing enters first
 * @param completionEntries size of the completion ring, a power of two, at least twice the former; when full, completions
 *     are held back, never lost
 * @param maxPending high watermark on pending operations, 16 to 8388608; beyond it {@link PendingLimitException}
 * @param maxHandles limit of open handles, 1 to 16777216; beyond it -EMFILE
 * @param workers threads of the pool for blocking work, 1 to 1024
 * @param workerQueue tasks that may wait for a worker, 1 to 1048576; beyond it the operation completes with -EAGAIN
 * @param postQueue tasks of other threads that may wait, 2 to 1048576; beyond it {@link IoKernel#post} answers false
 * @param filesOnPool reads, writes and syncs files by the worker pool also where the ring could
 * @param spinMicros how long a turn looks for something at most before the thread sleeps, 0 (not at all, the default) to 1000: spares
 *     the sleep and the wake-up where something comes soon, at the cost of processor time where it does not; it adapts to whether
 *     spinning found something, see {@link KernelStats#spins()}
 * @param zeroCopyBytes sends of so many bytes and more leave their buffer to the network card instead of copying it, where the ring
 *     can (SEND_ZC: io_uring); 0, the default: never. Such a send completes when the peer has acknowledged it. On loopback
 *     it is slower than copying
 */
public record KernelOptions(
        String backend,
        int submissionEntries,
        int completionEntries,
        int maxPending,
        int maxHandles,
        int workers,
        int workerQueue,
        int postQueue,
        boolean filesOnPool,
        int spinMicros,
        int zeroCopyBytes) {

    /** Checks the ranges. */
    public KernelOptions {
        checkPowerOfTwo("submissionEntries", submissionEntries, 2, 32768);
        checkPowerOfTwo("completionEntries", completionEntries, 4, 65536);
        if (completionEntries < 2 * submissionEntries) {
            throw new IllegalArgumentException("completionEntries " + completionEntries
                    + " is less than twice submissionEntries " + submissionEntries);
        }
        check("maxPending", maxPending, 16, 1 << 23);
        check("maxHandles", maxHandles, 1, 1 << 24);
        check("workers", workers, 1, 1024);
        check("workerQueue", workerQueue, 1, 1 << 20);
        check("postQueue", postQueue, 2, 1 << 20);
        check("spinMicros", spinMicros, 0, 1000);
        check("zeroCopyBytes", zeroCopyBytes, 0, Integer.MAX_VALUE);
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }

    private static void checkPowerOfTwo(String name, int value, int least, int most) {
        check(name, value, least, most);
        if (Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " " + value + " is not a power of two");
        }
    }

    /** The defaults. */
    public static KernelOptions defaults() {
        return builder().build();
    }

    /** A builder that starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options; each method names the option of the same name. */
    public static final class Builder {
        private String backend;
        private int submissionEntries = 1024;
        private int completionEntries = 4096;
        private int maxPending = 1 << 17;
        private int maxHandles = 1 << 20;
        private int workers = 4;
        private int workerQueue = 4096;
        private int postQueue = 8192;
        private boolean filesOnPool;
        private int spinMicros;
        private int zeroCopyBytes;

        private Builder() {}

        /** See {@link KernelOptions#backend()}. */
        public Builder backend(String value) {
            backend = value;
            return this;
        }

        /** See {@link KernelOptions#submissionEntries()}; sets completionEntries to four times that. */
        public Builder submissionEntries(int value) {
            submissionEntries = value;
            completionEntries = (int) Math.min(65536L, 4L * value);
            return this;
        }

        /** See {@link KernelOptions#completionEntries()}. */
        public Builder completionEntries(int value) {
            completionEntries = value;
            return this;
        }

        /** See {@link KernelOptions#maxPending()}. */
        public Builder maxPending(int value) {
            maxPending = value;
            return this;
        }

        /** See {@link KernelOptions#maxHandles()}. */
        public Builder maxHandles(int value) {
            maxHandles = value;
            return this;
        }

        /** See {@link KernelOptions#workers()}. */
        public Builder workers(int value) {
            workers = value;
            return this;
        }

        /** See {@link KernelOptions#workerQueue()}. */
        public Builder workerQueue(int value) {
            workerQueue = value;
            return this;
        }

        /** See {@link KernelOptions#postQueue()}. */
        public Builder postQueue(int value) {
            postQueue = value;
            return this;
        }

        /** See {@link KernelOptions#filesOnPool()}. */
        public Builder filesOnPool(boolean value) {
            filesOnPool = value;
            return this;
        }

        /** See {@link KernelOptions#spinMicros()}. */
        public Builder spinMicros(int value) {
            spinMicros = value;
            return this;
        }

        /** See {@link KernelOptions#zeroCopyBytes()}. */
        public Builder zeroCopyBytes(int value) {
            zeroCopyBytes = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException names the option that is out of range
         */
        public KernelOptions build() {
            return new KernelOptions(
                    backend,
                    submissionEntries,
                    completionEntries,
                    maxPending,
                    maxHandles,
                    workers,
                    workerQueue,
                    postQueue,
                    filesOnPool,
                    spinMicros,
                    zeroCopyBytes);
        }
    }
}
