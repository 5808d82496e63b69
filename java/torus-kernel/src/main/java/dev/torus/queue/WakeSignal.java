package dev.torus.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The park and wake protocol between one owner, who sleeps when there is nothing to do, and any number of producers.
 *
 * <p>Owner: {@link #park()}; if true, look at the queues once more, sleep only if they are empty; then {@link #awake()}. Producer:
 * publish, then {@link #signal()}; if true, make the system call that ends the owner's sleep. Of all producers that race, only
 * the one that finds the owner parked gets true.
 *
 * <p>Why no wake-up is lost (Dekker): the owner writes PARKED and then reads the queues, a producer writes its queue and then
 * reads the state; each has a full fence between the two, so at least one of them sees the other's write.
 */
public final class WakeSignal {
    private static final int AWAKE = 0;
    private static final int PARKED = 1;
    private static final int NOTIFIED = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(WakeSignal.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through STATE
    private int state;

    /** Creates an awake signal. */
    public WakeSignal() {}

    /**
     * Owner: announces that it is about to sleep.
     *
     * @return false if a signal came since the last {@link #awake()}; the owner stays awake then
     */
    public boolean park() {
        // volatile compare-and-set: the full fence between PARKED and the owner's second look; partner: fence in
        // signal()
        if (STATE.compareAndSet(this, AWAKE, PARKED)) {
            return true;
        }
        awake();
        return false;
    }

    /** Owner: is awake again, and has not yet looked at the queues. */
    public void awake() {
        // volatile: what is read from the queues after this is not older than a signal that this overwrites
        STATE.setVolatile(this, AWAKE);
    }

    /**
     * Producer, after publishing: notes that there is something.
     *
     * @return true if this caller must wake the owner by a system call
     */
    public boolean signal() {
        // full fence between publishing and reading the state; partner: compareAndSet in park()
        VarHandle.fullFence();
        if ((int) STATE.getOpaque(this) == NOTIFIED) {
            return false;
        }
        return (int) STATE.getAndSet(this, NOTIFIED) == PARKED;
    }
}
