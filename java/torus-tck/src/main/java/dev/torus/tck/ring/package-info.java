/**
 * A small test driver for a {@link dev.torus.kernel.spi.Backend}: writes submission entries, publishes tails, enters and reads
 * completion entries, with no help from the kernel layer. Everything suite B does goes through it.
 */
package dev.torus.tck.ring;
