package dev.torus.kernel;

/**
 * What a kernel has done and holds; taken by the owner.
 *
 * @param queued operations queued so far
 * @param completed completions delivered so far, multishot ones included
 * @param pending operations not yet completed
 * @param openHandles open handles
 * @param lentBuffers buffers of all groups that are with the program, and registered buffers lent to operations
 * @param enters calls of the backend's enter
 * @param crossings calls into native code by enter
 * @param syscalls system calls of enter and wake-up, as far as the backend knows
 * @param wouldBlock attempts that found nothing
 * @param wakeups wake-up system calls
 * @param bytesIn bytes of completed receives and reads
 * @param bytesOut bytes of completed sends and writes
 * @param zeroCopySends sends that left their buffer to the network card ({@link KernelOptions#zeroCopyBytes()})
 * @param spins turns that looked for something before sleeping ({@link KernelOptions#spinMicros()})
 * @param spinHits how many of them found something, so that the sleep was spared
 */
public record KernelStats(
        long queued,
        long completed,
        int pending,
        int openHandles,
        int lentBuffers,
        long enters,
        long crossings,
        long syscalls,
        long wouldBlock,
        long wakeups,
        long bytesIn,
        long bytesOut,
        long zeroCopySends,
        long spins,
        long spinHits) {}
