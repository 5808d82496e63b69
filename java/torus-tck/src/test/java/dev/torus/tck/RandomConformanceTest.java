package dev.torus.tck;

/** Fuzz, differential and stress tests on every backend of this machine. */
class RandomConformanceTest extends RandomConformance {}
