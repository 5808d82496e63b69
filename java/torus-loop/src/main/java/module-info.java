/** A Node-like event loop over the kernel. */
module dev.torus.loop {
    requires transitive dev.torus.kernel;

    // for signals
    requires jdk.unsupported;
    // for histograms only
    requires static HdrHistogram;

    exports dev.torus.loop;
}
