package dev.torus.tools.server;

import java.net.InetSocketAddress;

/**
 * What a server is started with.
 *
 * @param backend name, or null for the best one
 * @param address where it listens; port 0 for any
 * @param threads loops, each on a thread of its own
 * @param buffers provided buffers of each loop, a power of two
 * @param bufferBytes size of each
 */
public record ServerOptions(String backend, InetSocketAddress address, int threads, int buffers, int bufferBytes) {}
