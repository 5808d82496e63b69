package dev.torus.loop;

/** Leaves a callback after {@link EventLoop#exit}: nothing is called any more (R60). Not to be caught by programs. */
final class LoopExit extends Error {
    private static final long serialVersionUID = 1L;

    final int code;

    LoopExit(int code) {
        super("the loop was told to exit with code " + code, null, false, false);
        this.code = code;
    }
}
