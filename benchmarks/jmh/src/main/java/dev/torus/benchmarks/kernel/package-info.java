/** What an operation of the ring costs a Java program, without the operation. */
package dev.torus.benchmarks.kernel;
