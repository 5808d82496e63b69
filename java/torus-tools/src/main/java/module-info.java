/** The command line of Torus: servers to try it with, and what this machine offers it. */
module dev.torus.tools {
    requires dev.torus.kernel;
    requires dev.torus.loop;
    requires dev.torus.examples;
    requires dev.torus.http;
    requires info.picocli;
    requires jdk.management;
    requires HdrHistogram;

    opens dev.torus.tools to
            info.picocli;
}
