package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the providers of native backends share: a number that libtorus knows, and finding out whether it opens here. */
abstract class NativeProvider implements BackendProvider {
    private static final int REASON_BYTES = 256;

    private final String name;
    private final int number;
    private final int priority;
    private String unavailable;
    private boolean probed;

    NativeProvider(String name, int number, int priority) {
        this.name = name;
        this.number = number;
        this.priority = priority;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public synchronized String unavailableReason() {
        if (!probed) {
            probed = true;
            try {
                open(new BackendConfig(2, 8)).close();
            } catch (BackendUnavailableException e) {
                unavailable = e.getMessage();
            }
        }
        return unavailable;
    }

    @Override
    public Backend open(BackendConfig config) throws BackendUnavailableException {
        String failure = NativeLibrary.failure();
        if (failure != null) {
            throw new BackendUnavailableException(failure);
        }
        byte[] why = new byte[REASON_BYTES];
        long ring = Natives.open(number, config.submissionEntries(), config.completionEntries(), why);
        if (ring < 0 && ring > -4096) {
            int end = 0;
            while (end < why.length && why[end] != 0) {
                end++;
            }
            String reason = new String(Arrays.copyOf(why, end), StandardCharsets.UTF_8);
            throw new BackendUnavailableException(
                    reason.isEmpty() ? name + " cannot be opened: errno " + -ring : reason);
        }
        return new NativeBackend(name, ring);
    }
}
