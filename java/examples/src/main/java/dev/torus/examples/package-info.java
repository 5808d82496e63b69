/** Programs that show the loop, each a short file. */
package dev.torus.examples;
