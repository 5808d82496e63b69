/** What watching a loop costs. */
package dev.torus.benchmarks.tracer;
