package dev.torus.tck.harness;

import java.util.Locale;

/**
 * Whether the tests run on an emulated system, as {@code -Dtorus.tck.emulation} says ({@code wine}, {@code qemu}, …): where it
 * is known to differ from the documented one, a test is skipped with the source of that knowledge.
 */
public final class Emulation {
    private static final String NAME = System.getProperty("torus.tck.emulation", "");

    private Emulation() {}

    /** Whether this is Windows, real or not. */
    public static boolean isWindows() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
    }

    /** Whether the system is emulated by {@code name}. */
    public static boolean isBy(String name) {
        return NAME.equals(name);
    }
}
