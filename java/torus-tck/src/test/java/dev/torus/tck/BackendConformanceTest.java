package dev.torus.tck;

/** Suite B on every backend of this machine. */
class BackendConformanceTest extends BackendConformance {}
