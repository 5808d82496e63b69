/** The kernel layer: typed operations, completions, buffers, handles and errors over one completion ring. Begin at {@link dev.torus.kernel.IoKernel}. */
package dev.torus.kernel;
