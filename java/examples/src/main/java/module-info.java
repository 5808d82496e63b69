/** Programs that show the loop, each a short file. */
module dev.torus.examples {
    requires dev.torus.http;
    requires dev.torus.loop;

    exports dev.torus.examples;
    exports dev.torus.examples.strategies;
}
