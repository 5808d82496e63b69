package dev.torus.kernel.internal.nio;

import java.util.concurrent.atomic.AtomicLong;

/** What the backend counts. The plain fields are the owner's; files and wake-ups come from any thread. */
final class Counters {
    long systemCalls;
    long wouldBlock;
    long bytesIn;
    long bytesOut;
    final AtomicLong wakeups = new AtomicLong();
    final AtomicLong fileBytesIn = new AtomicLong();
    final AtomicLong fileBytesOut = new AtomicLong();
}
