package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;

/** A backend of libtorus, by its name there. */
abstract class NativeProvider implements BackendProvider {
    private final String name;
    private final int priority;

    NativeProvider(String name, int priority) {
        this.name = name;
        this.priority = priority;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int priority() {
        return priority;
    }

    @Override
    public final String unavailableReason() {
        String library = NativeLibrary.failure();
        if (library != null) {
            return library;
        }
        byte[] reason = new byte[Text.BYTES];
        return NativeBinding.available(Text.bytes(name), reason) < 0 ? Text.of(reason) : null;
    }

    @Override
    public final Backend open(BackendConfig config) throws BackendUnavailableException {
        String library = NativeLibrary.failure();
        if (library != null) {
            throw new BackendUnavailableException(library);
        }
        return NativeBackend.open(name, config);
    }
}
