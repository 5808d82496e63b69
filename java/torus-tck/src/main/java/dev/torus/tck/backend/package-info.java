/**
 * Suite B: the rules of the ring contract that a backend keeps by itself, by number, and every operation of version 1. It
 * needs nothing but the SPI.
 */
package dev.torus.tck.backend;
