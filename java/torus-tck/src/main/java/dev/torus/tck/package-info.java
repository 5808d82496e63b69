/**
 * The conformance kit of Torus. {@link dev.torus.tck.BackendConformance} holds suite B, the rules a backend keeps by itself,
 * driven through its raw rings. A test class of one line runs it; see the README of this module.
 */
package dev.torus.tck;
