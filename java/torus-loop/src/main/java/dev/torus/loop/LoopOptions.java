package dev.torus.loop;

import dev.torus.kernel.KernelOptions;

/**
 * Choices and limits of a loop. Made by {@link #builder()}.
 *
 * @param kernel options of the kernel below, among them the backend's name; with its filesOnPool, files keep Node's order
 *     exactly (R45)
 * @param clock the loop's clock
 * @param receiveBuffers provided buffers for receiving, shared by all sockets, a power of two
 * @param receiveBufferBytes size of each, a multiple of 8
 */
public record LoopOptions(KernelOptions kernel, LoopClock clock, int receiveBuffers, int receiveBufferBytes) {
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

        /** See {@link LoopOptions#receiveBuffers()}. */
        public Builder receiveBuffers(int count, int bytes) {
            receiveBuffers = count;
            receiveBufferBytes = bytes;
            return this;
        }

        /** The options. */
        public LoopOptions build() {
            return new LoopOptions(kernel, clock, receiveBuffers, receiveBufferBytes);
        }
    }
}
