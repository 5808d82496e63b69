/** What a tracer recorded of a run of the loop, and pictures of it. */
package dev.torus.loop.trace;
