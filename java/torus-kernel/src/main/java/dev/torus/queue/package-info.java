/** Lock-free ring buffers and the wake-up protocol: how other threads hand work to the owner of a ring. Depends on nothing. */
package dev.torus.queue;
