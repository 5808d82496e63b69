/** {@code torus demo}: the same program on every backend, then what each backend costs. */
package dev.torus.tools.demo;
