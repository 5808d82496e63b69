package dev.torus.tools;

import java.io.Console;

/** Whether a person is watching: progress lines are for people, not for files. */
final class Terminal {
    private Terminal() {}

    /** Since JDK 22 a console exists without a terminal, too, and says so by {@code isTerminal()}. */
    @SuppressWarnings("SystemConsoleNull") // the two halves of the check, see above
    static boolean isInteractive() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException before22) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
