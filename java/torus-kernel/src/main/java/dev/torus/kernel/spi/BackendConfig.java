package dev.torus.kernel.spi;

/**
 * What a ring is opened with.
 *
 * @param submissionEntries size of the submission ring, a power of two between 2 and 32768
 * @param completionEntries size of the completion ring, a power of two, at least twice the former
 */
public record BackendConfig(int submissionEntries, int completionEntries) {}
