/** What the event loop costs when the operating system has nothing to do. */
package dev.torus.benchmarks.loop;
