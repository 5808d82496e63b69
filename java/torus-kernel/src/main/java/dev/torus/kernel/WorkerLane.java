package dev.torus.kernel;

/** Which share of the worker pool a blocking task may use. */
public enum WorkerLane {
    /** Files, cryptography and other work: first in, first out over all workers. */
    GENERAL,
    /** Name lookups and other work that may hang: at most half of the workers, so that it cannot starve files. */
    SLOW
}
