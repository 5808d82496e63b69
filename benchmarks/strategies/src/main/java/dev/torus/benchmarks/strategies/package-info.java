/**
 * Measures the concurrency strategies of {@link dev.torus.examples.strategies.Strategy} side by side: a process serves, this one is its
 * clients. Start at {@link dev.torus.benchmarks.strategies.StrategyBenchmark}.
 */
package dev.torus.benchmarks.strategies;
