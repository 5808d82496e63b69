package dev.torus.syscall;

/** Writes text outside ASCII by every level to standard output, one line each: "LEVEL: text". */
public final class ConsoleProgram {
    private ConsoleProgram() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws Exception {
        for (SyscallLevel level : SyscallLevel.values()) {
            SystemCalls.at(level).standardOutput().print(level + ": Grüße, größer; нет ✓\n");
        }
    }
}
