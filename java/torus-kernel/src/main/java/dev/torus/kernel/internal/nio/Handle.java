package dev.torus.kernel.internal.nio;

import java.io.IOException;

/** What a descriptor of this backend stands for. */
abstract class Handle {
    /** Releases the channel; nothing uses the handle any more. */
    abstract void close() throws IOException;
}
