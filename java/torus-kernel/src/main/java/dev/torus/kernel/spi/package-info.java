/** What a backend must offer: the ring contract, its numbers, and the control plane. */
package dev.torus.kernel.spi;
