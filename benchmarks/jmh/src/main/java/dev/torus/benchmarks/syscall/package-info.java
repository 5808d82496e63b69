/** The same system calls at three levels of abstraction. */
package dev.torus.benchmarks.syscall;
