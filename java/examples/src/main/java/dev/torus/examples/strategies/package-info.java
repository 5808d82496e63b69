/**
 * One small service, written once per concurrency strategy: it accepts connections, and for each line that a client
 * sends reads a file, hashes it with SHA-256 and answers the hash as a line of hexadecimal digits. Start at
 * {@link dev.torus.examples.strategies.Strategy}.
 */
package dev.torus.examples.strategies;
