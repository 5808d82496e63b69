package dev.torus.tck.faults;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.tck.harness.Backends;

/** The pure Java backend, which is there on every machine, with the fault that a property names. */
public final class FaultyProvider implements BackendProvider {
    static final String FAULT = "torus.tck.fault";

    private final BackendProvider good = Backends.named("nio");

    @Override
    public String name() {
        return "faulty";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public String unavailableReason() {
        return System.getProperty(FAULT) == null ? "for FaultRun only" : good.unavailableReason();
    }

    @Override
    public Backend open(BackendConfig config) throws BackendUnavailableException {
        return new FaultyBackend(good.open(config), Fault.valueOf(System.getProperty(FAULT)));
    }
}
