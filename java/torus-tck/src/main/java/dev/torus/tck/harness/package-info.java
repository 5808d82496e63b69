/** What runs the suites: the choice of backends, the per-test laboratory and the capability matrix. */
package dev.torus.tck.harness;
