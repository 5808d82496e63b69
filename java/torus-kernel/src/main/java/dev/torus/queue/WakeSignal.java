package dev.torus.queue;

/**
 * The park and wake protocol between one owner, who sleeps when there is nothing to do, and any number of producers.
 *
 * <p>Owner: {@link #park()}, look at the queues once more, sleep only if they are empty; then {@link #awake()}. Producer:
 * publish, then {@link #signal()}; if true, make the system call that ends the owner's sleep. Of all producers that race, only
 * the one that finds the owner parked gets true. While the owner is awake nobody writes here, so a signal is one read.
 *
 * <p>Why no wake-up is lost (Dekker): the owner writes PARKED and then reads the queues, a producer writes its queue and then
 * reads the state. All four are volatile accesses, which have one order that all threads agree on, so at least one of the two
 * sees the other's write. Hence what a producer publishes with must be a volatile write or a compare-and-set, and the owner's
 * second look must be a volatile read of the same variable: {@link MpscRingQueue#offer} and {@link MpscRingQueue#isEmpty} are.
 */
public final class WakeSignal extends WakeFields {
    private static final int AWAKE = 0;
    private static final int PARKED = 1;

    /** Creates an awake signal. */
    public WakeSignal() {}

    /** Owner: announces that it is about to sleep, and must look at the queues once more before it does. */
    public void park() {
        // volatile: before the owner's second look; partner: getVolatile in signal
        STATE.setVolatile(this, PARKED);
    }

    /** Owner: is awake again, and has not yet looked at the queues. */
    public void awake() {
        // volatile: what is read from the queues after this is not older than a signal that came before
        STATE.setVolatile(this, AWAKE);
    }

    /**
     * Producer, after publishing by a volatile write or a compare-and-set: asks whether the owner sleeps, or is about to.
     *
     * @return true if this caller must wake the owner by a system call
     */
    public boolean signal() {
        // volatile: after publishing; partner: setVolatile in park. One of those who find PARKED takes the call upon
        // itself.
        return (int) STATE.getVolatile(this) == PARKED && STATE.compareAndSet(this, PARKED, AWAKE);
    }
}
