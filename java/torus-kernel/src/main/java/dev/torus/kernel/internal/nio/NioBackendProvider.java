package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.io.IOException;

/** Offers the pure Java backend, which is there on every JVM. */
public final class NioBackendProvider implements BackendProvider {
    private static final int PRIORITY = 100;

    /** For {@link java.util.ServiceLoader}. */
    public NioBackendProvider() {}

    @Override
    public String name() {
        return NioBackend.NAME;
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public String unavailableReason() {
        return null;
    }

    @Override
    public Backend open(BackendConfig config) throws BackendUnavailableException {
        try {
            return new NioBackend(config);
        } catch (IOException failure) {
            throw new BackendUnavailableException("nio: no selector can be opened: " + failure.getMessage(), failure);
        }
    }
}
