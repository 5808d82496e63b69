package dev.torus.tools.demo;

import java.io.PrintStream;

/** One line that says what is being done: rewritten on a terminal, a line each otherwise. */
final class Progress {
    private final PrintStream out;
    private final boolean terminal;
    private int shown;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void say(String what) {
        if (!terminal) {
            out.println("... " + what);
        } else {
            out.print("\r" + what + " ".repeat(Math.max(0, shown - what.length())));
            shown = what.length();
        }
        out.flush();
    }

    void done() {
        if (terminal && shown > 0) {
            out.print("\r" + " ".repeat(shown) + "\r");
            out.flush();
        }
        shown = 0;
    }
}
