package dev.torus.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/*
 * The indices of MpscRingQueue, each on cache lines of its own, so that a producer's write does not take the consumer's
 * index out of its cache. Fields of a superclass stand before those of a subclass, which keeps the padding in its place.
 * 128 bytes: processors fetch lines in pairs.
 */

@SuppressWarnings("unused")
abstract class MpscPad0 {
    long p000, p001, p002, p003, p004, p005, p006, p007, p008, p009, p010, p011, p012, p013, p014, p015;
}

abstract class MpscTail extends MpscPad0 {
    /** Producers claim by compare-and-set; never goes back. */
    long tail;
}

@SuppressWarnings("unused")
abstract class MpscPad1 extends MpscTail {
    long p100, p101, p102, p103, p104, p105, p106, p107, p108, p109, p110, p111, p112, p113, p114, p115;
}

abstract class MpscLimit extends MpscPad1 {
    /** Up to here producers may claim without a look at the head; at most head + capacity. */
    long limit;
}

@SuppressWarnings("unused")
abstract class MpscPad2 extends MpscLimit {
    long p200, p201, p202, p203, p204, p205, p206, p207, p208, p209, p210, p211, p212, p213, p214, p215;
}

abstract class MpscHead extends MpscPad2 {
    /** Only the consumer writes it. */
    long head;
}

@SuppressWarnings("unused")
abstract class MpscFields extends MpscHead {
    static final VarHandle TAIL;
    static final VarHandle LIMIT;
    static final VarHandle HEAD;
    static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    long p300, p301, p302, p303, p304, p305, p306, p307, p308, p309, p310, p311, p312, p313, p314, p315;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TAIL = lookup.findVarHandle(MpscTail.class, "tail", long.class);
            LIMIT = lookup.findVarHandle(MpscLimit.class, "limit", long.class);
            HEAD = lookup.findVarHandle(MpscHead.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
