/** A Node-like event loop over the kernel. */
module dev.torus.loop {
    requires transitive dev.torus.kernel;

    // for signals
    requires jdk.unsupported;
    // for histograms only
    requires static HdrHistogram;
    // for events of the flight recorder only
    requires static jdk.jfr;

    // for questions to name servers only
    requires static org.dnsjava;
    // for scrypt only
    requires static org.bouncycastle.provider;

    exports dev.torus.loop;
    exports dev.torus.loop.trace;
}
