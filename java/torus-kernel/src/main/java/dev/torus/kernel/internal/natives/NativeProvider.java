package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;

/** A backend of libtorus, by its name there. */
abstract class NativeProvider implements BackendProvider {
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
        return here.startsWith(system) ? NativeLibrary.failure() : "only on " + system + ", this is " + here;
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
