/** The conformance kit: what every backend must pass, published so that others can test theirs. */
module dev.torus.tck {
    requires transitive dev.torus.kernel;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;

    exports dev.torus.tck;
    exports dev.torus.tck.harness;
    exports dev.torus.tck.ring;
    exports dev.torus.tck.backend;
    exports dev.torus.tck.kernel;

    opens dev.torus.tck;
    opens dev.torus.tck.harness;
    opens dev.torus.tck.backend;
    opens dev.torus.tck.kernel;

    uses dev.torus.kernel.spi.BackendProvider;
}
