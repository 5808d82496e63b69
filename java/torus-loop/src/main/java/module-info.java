/** A Node-like event loop over the kernel. */
module dev.torus.loop {
    requires transitive dev.torus.kernel;

    exports dev.torus.loop;
}
