package dev.torus.syscall;

/** Makes a few calls at the level that it is told, each between marks that a tracer can find. */
public final class LevelsProgram {
    private LevelsProgram() {}

    /** Takes the name of a {@link SyscallLevel}. */
    public static void main(String[] args) throws Exception {
        SystemCalls calls = SystemCalls.at(SyscallLevel.valueOf(args[0]));
        Output out = calls.standardOutput();
        long pid = calls.processId(); // the first time may differ: classes, caches
        out.print("mark: begin\n");
        for (int i = 0; i < 3; i++) {
            pid = calls.processId();
        }
        out.print("mark: end " + pid + "\n");
    }
}
