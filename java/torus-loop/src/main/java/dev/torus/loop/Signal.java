package dev.torus.loop;

/**
 * Signals that a program may handle beside the JVM's own. The JVM keeps SIGQUIT (thread dump), SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPIPE,
 * SIGXFSZ, SIGTRAP and SIGUSR2 (suspending threads) for itself; SIGKILL and SIGSTOP cannot be handled by anybody. A signal that was
 * ignored when the JVM started, as SIGHUP by nohup, stays ignored.
 */
public enum Signal {
    /** The terminal has gone; also by convention: read the configuration again. */
    SIGHUP,
    /** Ctrl-C. */
    SIGINT,
    /** Asked to end. */
    SIGTERM,
    /** The program's own. */
    SIGUSR1,
    /** The terminal's size has changed. */
    SIGWINCH,
    /** Goes on after it was stopped. */
    SIGCONT,
    /** Asked by the terminal to stop. */
    SIGTSTP,
    /** Ctrl-Break on Windows. */
    SIGBREAK;

    /** Without the prefix, as the JVM names it. */
    String shortName() {
        return name().substring("SIG".length());
    }
}
