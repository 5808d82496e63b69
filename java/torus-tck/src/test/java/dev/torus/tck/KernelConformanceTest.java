package dev.torus.tck;

/** Suite K on every backend of this machine. */
class KernelConformanceTest extends KernelConformance {}
