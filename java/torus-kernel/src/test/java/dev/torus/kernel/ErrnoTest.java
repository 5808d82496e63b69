package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.spi.RingAbi;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void numbersAreLinux() {
        assertThat(Errno.of(-104)).isEqualTo(Errno.ECONNRESET);
        assertThat(Errno.of(125)).isEqualTo(Errno.ECANCELED);
        assertThat(Errno.of(-9999)).isEqualTo(Errno.UNKNOWN);
        assertThat(Errno.describe(-(0x10000 + 1234))).isEqualTo("Windows error 1234");
    }

    @Test
    void exceptionsNameOperationErrorAndSubject() {
        TorusIoException refused = TorusIoException.of("connect", "/127.0.0.1:1", -111);
        assertThat(refused).isInstanceOf(ConnectionFailedException.class);
        assertThat(refused).hasMessage("connect /127.0.0.1:1: ECONNREFUSED, connection refused");
        assertThat(TorusIoException.of("recv", null, -125, RingAbi.CQE_F_TIMED_OUT, null))
                .isInstanceOf(OperationTimedOutException.class)
                .hasMessageContaining("deadline");
        assertThat(TorusIoException.of("recv", null, -125)).isInstanceOf(OperationCancelledException.class);
    }

    @Test
    void optionsAreChecked() {
        assertThatThrownBy(() -> KernelOptions.builder().submissionEntries(3).build())
                .hasMessageContaining("submissionEntries");
        assertThatThrownBy(() -> KernelOptions.builder().workers(0).build()).hasMessageContaining("workers");
        assertThatThrownBy(() -> KernelOptions.builder()
                        .submissionEntries(64)
                        .completionEntries(64)
                        .build())
                .hasMessageContaining("twice");
    }
}
