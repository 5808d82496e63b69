package dev.torus.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Who may use a kernel: the creating thread until the first turn, then the platform thread that made that turn, for good
 * (io_uring binds a ring to one thread, and a virtual thread has none of its own).
 */
final class OwnerThread {
    /** {@code Thread.isVirtual}, or null before JDK 21. */
    private static final MethodHandle IS_VIRTUAL = findIsVirtual();

    private volatile Thread owner = Thread.currentThread();
    private boolean bound;

    private static MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    private static boolean isVirtual(Thread thread) {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    void check() {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException("the kernel belongs to thread " + owner.getName() + ", called by "
                    + Thread.currentThread().getName());
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == owner;
    }

    boolean isBound() {
        return bound;
    }

    /** Makes the calling thread the owner for good. */
    void bind() {
        Thread caller = Thread.currentThread();
        if (isVirtual(caller)) {
            throw new WrongThreadException("a virtual thread cannot own a kernel; run it on a platform thread");
        }
        owner = caller;
        bound = true;
    }

    boolean isDead() {
        Thread thread = owner;
        return thread != Thread.currentThread() && !thread.isAlive();
    }

    @Override
    public String toString() {
        return owner.getName();
    }
}
