/** Looks at the machine: what {@code torus doctor} reports. */
package dev.torus.tools.doctor;
