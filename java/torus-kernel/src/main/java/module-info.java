/** The kernel of Torus: one completion-based ring interface over the operating system's, and the event queue. */
module dev.torus.kernel {
    // for an event of the flight recorder only
    requires static jdk.jfr;

    exports dev.torus.kernel;
    exports dev.torus.kernel.spi;
    exports dev.torus.queue;
    exports dev.torus.syscall;

    uses dev.torus.kernel.spi.BackendProvider;

    provides dev.torus.kernel.spi.BackendProvider with
            dev.torus.kernel.internal.natives.UringProvider,
            dev.torus.kernel.internal.natives.EpollProvider,
            dev.torus.kernel.internal.natives.KqueueProvider,
            dev.torus.kernel.internal.natives.IocpProvider,
            dev.torus.kernel.internal.nio.NioBackendProvider;
}
