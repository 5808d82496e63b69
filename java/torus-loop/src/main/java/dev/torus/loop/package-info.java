/** A Node-like event loop over the kernel: Node's order of events, Java's manners. Begin at {@link dev.torus.loop.EventLoop}. */
package dev.torus.loop;
