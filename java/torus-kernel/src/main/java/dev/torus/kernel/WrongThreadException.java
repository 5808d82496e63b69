package dev.torus.kernel;

/** Called by a thread that does not own the kernel, or by a virtual thread. Only the owner may; see {@link IoKernel}. */
public final class WrongThreadException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    WrongThreadException(String message) {
        super(message);
    }
}
