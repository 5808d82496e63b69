/*
 * The park and wake protocol of dev.torus.queue.WakeSignal with the queue of dev.torus.queue.EventQueue, for spin.
 *
 * One owner, PRODUCERS producers of EVENTS events each. Checked by spin:
 *   - no invalid end state: if the owner sleeps for ever while an event is in the queue, spin finds a state in which no
 *     process can go on and the owner is not at its end;
 *   - at most one wake-up system call per sleep (assertion in the producer).
 *
 * Each statement is one atomic, sequentially consistent step, which is what the full fences make of the Java code: they
 * stand exactly where one side writes and then reads what the other side writes and then reads. A step here that Java
 * reaches without a fence does not depend on that order.
 *
 * Build with -DBROKEN_PARK, -DBROKEN_SIGNAL or -DBROKEN_EXCHANGE for a protocol with a mistake: spin must then find an error.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef EVENTS
#define EVENTS 2
#endif
#define ALL (PRODUCERS * EVENTS)

mtype = { AWAKE, PARKED, NOTIFIED };

mtype state = AWAKE; /* WakeSignal.state */
byte queued = 0;     /* events that are published and not taken */
byte taken = 0;
byte eventfd = 0;    /* the kernel's counter: a write is never lost, a read takes all of it */
byte calls = 0;      /* producers that found the owner parked, since it last parked */

/* EventQueue.offer: publish, then WakeSignal.signal, then the system call */
proctype Producer() {
    byte left = EVENTS;
    mtype before;
    do
    :: left == 0 -> break
    :: else ->
        left--;
#ifdef BROKEN_SIGNAL
        /* looks at the state before it publishes */
        before = state;
        queued++;
#else
        queued++;
        before = state; /* getOpaque after fullFence */
#endif
        if
        :: before == NOTIFIED -> skip
        :: else ->
#if defined(BROKEN_SIGNAL)
            state = NOTIFIED;
#elif defined(BROKEN_EXCHANGE)
            /* two producers may both find the owner parked */
            before = state;
            if
            :: before == PARKED -> calls++; assert(calls == 1)
            :: else -> skip
            fi;
            state = NOTIFIED;
#else
            atomic { /* getAndSet */
                before = state;
                state = NOTIFIED;
                if
                :: before == PARKED -> calls++; assert(calls == 1)
                :: else -> skip
                fi
            }
#endif
            if
            :: before == PARKED -> eventfd = 1 /* perhaps late: the owner may have woken and parked again */
            :: else -> skip
            fi
        fi
    od
}

/* OpEngine.enter and drain: park, look again, sleep, awake, take */
proctype Owner() {
    bool parked;
    do
    :: taken == ALL -> break
    :: else ->
        if
        :: queued > 0 -> skip
        :: else ->
            parked = false;
#ifdef BROKEN_PARK
            /* overwrites a signal that came since the first look, and does not look again */
            atomic { state = PARKED; calls = 0 };
            eventfd > 0;
            state = AWAKE;
            eventfd = 0
#else
            /* WakeSignal.park: compareAndSet, else awake() */
            atomic {
                if
                :: state == AWAKE -> state = PARKED; calls = 0; parked = true
                :: else -> skip
                fi
            };
            if
            :: parked ->
                if
                :: queued > 0 -> skip      /* the second look: does not sleep */
                :: else -> eventfd > 0     /* sleeps until the kernel's counter is not 0 */
                fi;
                state = AWAKE;             /* WakeSignal.awake */
                eventfd = 0                /* the completion of the wake-up read */
            :: else ->
                state = AWAKE
            fi
#endif
        fi;
        /* drain: from here on a producer notifies again */
        state = AWAKE;
        do
        :: queued > 0 -> atomic { queued--; taken++ }
        :: else -> break
        od
    od
}

init {
    atomic {
        byte i = 0;
        do
        :: i < PRODUCERS -> run Producer(); i++
        :: else -> break
        od;
        run Owner()
    }
}
