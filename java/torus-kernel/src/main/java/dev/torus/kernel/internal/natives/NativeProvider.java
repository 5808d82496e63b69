package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;

/** A backend of libtorus, by its name there. */
abstract class NativeProvider implements BackendProvider {
    /** Linux's number: what C answers for a backend that it was built without. */
    private static final int ENOSYS = 38;

    private final String name;
    private final int priority;
    private final String system;

    /** {@code system}: how the {@code os.name} begins where it can be. */
    NativeProvider(String name, int priority, String system) {
        this.name = name;
        this.priority = priority;
        this.system = system;
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
        String obstacle = obstacle();
        if (obstacle != null) {
            return obstacle;
        }
        byte[] reason = new byte[Text.BYTES];
        return NativeBinding.available(Text.bytes(name), reason) < 0 ? Text.of(reason) : null;
    }

    /** Why C cannot even be asked, or null. */
    private String obstacle() {
        String here = System.getProperty("os.name", "an unknown system");
        if (here.startsWith(system)) {
            return NativeLibrary.failure();
        }
        return isEmulated() ? null : "only on " + system + ", this is " + here;
    }

    /** Whether the library has the backend on another system: a build for tests, over an emulation of what is missing. */
    private boolean isEmulated() {
        return NativeLibrary.failure() == null
                && NativeBinding.available(Text.bytes(name), new byte[Text.BYTES]) != -ENOSYS;
    }

    @Override
    public final Backend open(BackendConfig config) throws BackendUnavailableException {
        String obstacle = obstacle();
        if (obstacle != null) {
            throw new BackendUnavailableException(obstacle);
        }
        return NativeBackend.open(name, config);
    }
}
