package dev.torus.kernel.internal.nio;

/** Operations that did not end at once, by user_data, so that a cancel finds its target in constant time. */
final class PendingOperations {
    private static final int FIRST_CAPACITY = 256;
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private Operation[] buckets = new Operation[FIRST_CAPACITY];
    private int count;

    void add(Operation operation) {
        if (count == buckets.length) {
            grow();
        }
        operation.pending = true;
        link(buckets, operation);
        count++;
    }

    /** One operation with this user_data, or null. */
    Operation find(long userData) {
        Operation at = buckets[bucket(userData, buckets.length)];
        while (at != null && at.userData != userData) {
            at = at.nextPending;
        }
        return at;
    }

    void remove(Operation operation) {
        int bucket = bucket(operation.userData, buckets.length);
        Operation before = null;
        for (Operation at = buckets[bucket]; at != null; before = at, at = at.nextPending) {
            if (at == operation) {
                if (before == null) {
                    buckets[bucket] = at.nextPending;
                } else {
                    before.nextPending = at.nextPending;
                }
                at.nextPending = null;
                at.pending = false;
                count--;
                return;
            }
        }
    }

    private void grow() {
        Operation[] larger = new Operation[2 * buckets.length];
        for (Operation chain : buckets) {
            for (Operation at = chain; at != null; ) {
                Operation following = at.nextPending;
                link(larger, at);
                at = following;
            }
        }
        buckets = larger;
    }

    private static void link(Operation[] table, Operation operation) {
        int bucket = bucket(operation.userData, table.length);
        operation.nextPending = table[bucket];
        table[bucket] = operation;
    }

    private static int bucket(long userData, int capacity) {
        return (int) (userData * GOLDEN_RATIO >>> Long.numberOfLeadingZeros(capacity - 1L));
    }
}
