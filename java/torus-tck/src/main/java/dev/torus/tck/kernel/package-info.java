/**
 * Suite K: the rules that {@code IoKernel} keeps over any backend, by number, through the public API only; random
 * operations; the same script on every backend; a thousand connections.
 */
package dev.torus.tck.kernel;
