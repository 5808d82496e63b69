/** From Java into C and back: JNI and the foreign function interface, with the same C functions. */
package dev.torus.benchmarks.crossing;
