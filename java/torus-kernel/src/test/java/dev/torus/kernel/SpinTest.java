package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Spinning before sleeping: how long, how it adapts, and what is counted. */
class SpinTest {
    private final ScriptedBackend backend = new ScriptedBackend(8, 32);
    private IoKernel kernel;

    private void open(int spinMicros) throws Exception {
        kernel = IoKernel.open(
                KernelOptions.builder()
                        .submissionEntries(8)
                        .spinMicros(spinMicros)
                        .build(),
                backend.provider());
        kernel.enter(0);
        kernel.drain((token, result, flags) -> {});
    }

    @AfterEach
    void close() {
        if (kernel != null) {
            backend.onEnter.clear();
            backend.completeNops = true;
            kernel.close();
        }
    }

    @Test
    void whatComesWhileSpinningSparesTheSleep() throws Exception {
        open(1000);
        kernel.nop(1);
        // nothing at the first look, nor at the second
        backend.onEnter.add(() -> {});
        backend.onEnter.add(() -> {});
        backend.onEnter.add(backend::completeAll);
        kernel.enter(-1);
        assertThat(backend.lastTimeoutNanos).isZero();
        assertThat(kernel.drain((token, result, flags) -> {})).isOne();
        assertThat(kernel.stats().spins()).isOne();
        assertThat(kernel.stats().spinHits()).isOne();
    }

    @Test
    void whatIsThereAlreadyIsNoSpin() throws Exception {
        open(1000);
        backend.completeNops = true;
        kernel.nop(1);
        kernel.enter(-1);
        assertThat(kernel.drain((token, result, flags) -> {})).isOne();
        assertThat(kernel.stats().spins()).isZero();
    }

    @Test
    void afterSpinningInVainItSleepsForTheRestOfTheTime() throws Exception {
        open(50);
        long wait = 10_000_000_000L;
        kernel.enter(wait);
        assertThat(kernel.stats().spins()).isOne();
        assertThat(kernel.stats().spinHits()).isZero();
        assertThat(backend.lastTimeoutNanos).isLessThanOrEqualTo(wait - 50_000).isPositive();
        kernel.enter(-1);
        assertThat(backend.lastTimeoutNanos).isNegative();
    }

    @Test
    void withoutTheOptionItSleepsAtOnce() throws Exception {
        open(0);
        int before = backend.enters;
        kernel.enter(1000);
        assertThat(backend.enters - before).isOne();
        assertThat(backend.lastTimeoutNanos).isEqualTo(1000);
    }

    @Test
    void theTimeHalvesInVainDoublesWhenItWasWorthItAndIsTriedAgain() {
        AdaptiveSpin spin = new AdaptiveSpin(16);
        assertThat(spin.budget()).isEqualTo(16_000);
        spin.spun(false);
        assertThat(spin.budget()).isEqualTo(8_000);
        spin.spun(true);
        assertThat(spin.budget()).isEqualTo(16_000);
        spin.spun(true);
        assertThat(spin.budget()).isEqualTo(16_000);
        for (int i = 0; i < 5; i++) {
            spin.spun(false);
        }
        int turns = 0;
        while (spin.budget() == 0) {
            turns++;
        }
        assertThat(turns).isEqualTo(63);
        assertThat(spin.budget()).isEqualTo(1000);
        spin.spun(false);
        assertThat(spin.budget()).isZero();
        assertThat(spin.spins()).isEqualTo(9);
        assertThat(spin.hits()).isEqualTo(2);
    }
}
