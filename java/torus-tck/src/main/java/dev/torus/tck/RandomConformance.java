package dev.torus.tck;

import dev.torus.tck.kernel.DifferentialSuite;
import dev.torus.tck.kernel.FuzzSuite;
import dev.torus.tck.kernel.StressSuite;
import org.junit.jupiter.api.Nested;

/** Random operations, the same script on two backends, and a thousand connections; properties say how long. */
public abstract class RandomConformance {
    @Nested
    class Fuzz extends FuzzSuite {}

    @Nested
    class Differential extends DifferentialSuite {}

    @Nested
    class Stress extends StressSuite {}
}
