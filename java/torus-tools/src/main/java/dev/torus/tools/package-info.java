/** The commands. */
package dev.torus.tools;
