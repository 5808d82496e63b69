package dev.torus.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/* The fields of SpscRingQueue: the producer's and the consumer's on cache lines of their own, as in MpscFields. */

@SuppressWarnings("unused")
abstract class SpscPad0 {
    long p000, p001, p002, p003, p004, p005, p006, p007, p008, p009, p010, p011, p012, p013, p014, p015;
}

abstract class SpscProducer extends SpscPad0 {
    /** Only the producer writes it. */
    long tail;
    /** Slots before it are known to be empty; the producer's alone. */
    long limit;
}

@SuppressWarnings("unused")
abstract class SpscPad1 extends SpscProducer {
    long p100, p101, p102, p103, p104, p105, p106, p107, p108, p109, p110, p111, p112, p113, p114, p115;
}

abstract class SpscConsumer extends SpscPad1 {
    /** Only the consumer writes it. */
    long head;
}

@SuppressWarnings("unused")
abstract class SpscFields extends SpscConsumer {
    static final VarHandle TAIL;
    static final VarHandle HEAD;
    static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    long p200, p201, p202, p203, p204, p205, p206, p207, p208, p209, p210, p211, p212, p213, p214, p215;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TAIL = lookup.findVarHandle(SpscProducer.class, "tail", long.class);
            HEAD = lookup.findVarHandle(SpscConsumer.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
