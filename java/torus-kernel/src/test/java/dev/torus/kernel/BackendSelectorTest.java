package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendUnavailableException;
import org.junit.jupiter.api.Test;

class BackendSelectorTest {
    private static final BackendConfig CONFIG = new BackendConfig(8, 32);

    @Test
    void anUnknownNameIsAnErrorThatNamesTheKnownOnes() {
        assertThatThrownBy(() -> new BackendSelector().open("no-such-backend", CONFIG))
                .isInstanceOf(BackendUnavailableException.class)
                .hasMessageContaining("no-such-backend")
                .hasMessageContaining("KernelOptions");
    }

    @Test
    void aPropertyDecidesAndIsNamed() {
        String before = System.getProperty("torus.backend");
        System.setProperty("torus.backend", "from-property");
        try {
            assertThatThrownBy(() -> new BackendSelector().open(null, CONFIG))
                    .hasMessageContaining("from-property")
                    .hasMessageContaining("-Dtorus.backend");
            assertThat(IoKernel.explain().chosen()).isNull();
        } finally {
            if (before == null) {
                System.clearProperty("torus.backend");
            } else {
                System.setProperty("torus.backend", before);
            }
        }
    }
}
