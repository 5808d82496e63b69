package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeadlineHeapTest {
    private final OpTable ops = new OpTable(16, 4096, memory -> 1L << 32);
    private final DeadlineHeap heap = new DeadlineHeap(ops);

    @Test
    void equalDeadlinesPassInOrderOfArming() {
        int[] slots = new int[20];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = ops.take(0, i);
            heap.add(slots[i], 5);
        }
        for (int slot : slots) {
            assertThat(heap.earliestSlot()).isEqualTo(slot);
            heap.remove(slot);
        }
        assertThat(heap.isEmpty()).isTrue();
    }

    @Test
    void randomAddsAndRemovesAgreeWithASortedMap() {
        Random random = new Random(1);
        TreeMap<Long, Integer> model = new TreeMap<>();
        for (int step = 0; step < 20_000; step++) {
            if (model.isEmpty() || (random.nextInt(5) < 3 && model.size() < 4000)) {
                // unique deadlines; close to the wrap of the clock
                long deadline = Long.MAX_VALUE - 1_000_000 + (((long) random.nextInt(2_000_000)) / 2) * 2;
                long key = deadline - Long.MAX_VALUE;
                if (model.containsKey(key)) {
                    continue;
                }
                int slot = ops.take(0, 0);
                heap.add(slot, deadline);
                model.put(key, slot);
            } else if (random.nextBoolean()) {
                assertThat(heap.earliestSlot()).isEqualTo(model.firstEntry().getValue());
                int slot = model.pollFirstEntry().getValue();
                heap.remove(slot);
                ops.release(slot);
            } else {
                Long key = model.ceilingKey((long) random.nextInt(2_000_000) - 1_000_000);
                if (key != null) {
                    int slot = model.remove(key);
                    heap.remove(slot);
                    assertThat(ops.heapIndex[slot]).isEqualTo(OpTable.NONE);
                    ops.release(slot);
                }
            }
        }
    }
}
