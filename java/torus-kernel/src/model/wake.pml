/*
 * The park and wake protocol of dev.torus.queue.WakeSignal with the queue of dev.torus.queue.EventQueue, for spin.
 *
 * One owner, PRODUCERS producers of EVENTS events each. Checked by spin:
 *   - no invalid end state: if the owner sleeps for ever while an event is in the queue, spin finds a state in which no
 *     process can go on and the owner is not at its end;
 *   - at most one wake-up system call per sleep (assertion in the producer).
 *
 * Each statement is one atomic, sequentially consistent step, as volatile accesses of Java are: the claim of a slot, the
 * owner's second look at the claims, and all accesses of the state. The filling of a slot is a release only, so it may be
 * seen after the producer has read the state: the model lets it come before or after.
 *
 * Build with -DBROKEN_PARK, -DBROKEN_SIGNAL, -DBROKEN_EXCHANGE or -DBROKEN_LOOK for a protocol with a mistake: spin must then
 * find an error.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef EVENTS
#define EVENTS 2
#endif
#define ALL (PRODUCERS * EVENTS)

mtype = { AWAKE, PARKED };

mtype state = AWAKE; /* WakeSignal.state */
byte claimed = 0;    /* slots that a producer has claimed: MpscRingQueue's tail */
byte filled = 0;     /* those whose element can be seen */
byte taken = 0;
byte eventfd = 0;    /* the kernel's counter: a write is never lost, a read takes all of it */
byte calls = 0;      /* producers that found the owner parked, since it last parked */

#ifdef BROKEN_LOOK
/* looks at the elements, of which one may be on its way */
#define EMPTY (filled == taken)
#else
#define EMPTY (claimed == taken) /* isEmpty */
#endif

/* EventQueue.offer: claim, fill, then WakeSignal.signal, then the system call */
proctype Producer() {
    byte left = EVENTS;
    mtype before;
    bool late;
    bool mine;
    do
    :: left == 0 -> break
    :: else ->
        left--;
        mine = false;
        if
        :: late = false
        :: late = true
        fi;
#ifdef BROKEN_SIGNAL
        /* looks at the state before it publishes */
        before = state;
        claimed++;
        filled++;
#else
        claimed++; /* compareAndSet */
        if
        :: late -> skip
        :: else -> filled++
        fi;
        before = state; /* getVolatile */
#endif
        if
        :: before == PARKED ->
#ifdef BROKEN_EXCHANGE
            /* two producers may both find the owner parked */
            state = AWAKE;
            mine = true;
            calls++;
            assert(calls == 1)
#else
            atomic { /* compareAndSet */
                if
                :: state == PARKED -> state = AWAKE; mine = true; calls++; assert(calls == 1)
                :: else -> skip
                fi
            }
#endif
        :: else -> skip
        fi;
#ifndef BROKEN_SIGNAL
        if
        :: late -> filled++
        :: else -> skip
        fi;
#endif
        if
        :: mine -> eventfd = 1 /* perhaps late: the owner may have woken and parked again */
        :: else -> skip
        fi
    od
}

/* OpEngine.enter and drain: park, look again, sleep, awake, take */
proctype Owner() {
    do
    :: taken == ALL -> break
    :: else ->
        if
        :: !EMPTY -> skip
        :: else ->
            atomic { state = PARKED; calls = 0 };
#ifdef BROKEN_PARK
            /* does not look again */
            eventfd > 0;
#else
            if
            :: !EMPTY -> skip          /* the second look: does not sleep */
            :: else -> eventfd > 0     /* sleeps until the kernel's counter is not 0 */
            fi;
#endif
            state = AWAKE;             /* WakeSignal.awake */
            eventfd = 0                /* the completion of the wake-up read */
        fi;
        /* drain */
        do
        :: filled > taken -> taken++
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
