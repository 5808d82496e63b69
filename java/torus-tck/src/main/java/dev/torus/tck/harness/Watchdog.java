package dev.torus.tck.harness;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when a test hangs inside a backend: a thread in native code cannot be interrupted, and a run that never
 * ends tells nothing. {@code torus.tck.hangSeconds}, 300 unless set.
 */
final class Watchdog implements AutoCloseable {
    private static final long HANG_SECONDS = Long.getLong("torus.tck.hangSeconds", 300);

    private final CountDownLatch done = new CountDownLatch(1);

    Watchdog(String test) {
        Thread thread = new Thread(() -> watch(test), "tck-watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch(String test) {
        try {
            if (done.await(HANG_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            return;
        }
        System.err.println("torus-tck: " + test + " hangs for " + HANG_SECONDS + " s; ending the process");
        for (Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            System.err.println(entry.getKey());
            for (StackTraceElement frame : entry.getValue()) {
                System.err.println("    at " + frame);
            }
        }
        Runtime.getRuntime().halt(70);
    }

    @Override
    public void close() {
        done.countDown();
    }
}
