/** Backends in C: finds and loads libtorus, binds its functions, and plays {@link dev.torus.kernel.spi.Backend} over them. */
package dev.torus.kernel.internal.natives;
