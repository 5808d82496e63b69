/** The event queue beside those of other libraries, each behind the same narrow interface. */
package dev.torus.benchmarks.queue;
