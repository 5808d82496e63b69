/**
 * Backends of the native library libtorus: finding and loading it ({@link dev.torus.kernel.internal.natives.NativeLibrary}),
 * its functions ({@link dev.torus.kernel.internal.natives.NativeBinding}) and the backends made of them.
 */
package dev.torus.kernel.internal.natives;
