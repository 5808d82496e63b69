package dev.torus.tck.backend;

import static dev.torus.tck.ring.Linux.ECANCELED;
import static dev.torus.tck.ring.Linux.EINVAL;
import static dev.torus.tck.ring.Linux.EOPNOTSUPP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.RingDriver;
import java.util.ArrayList;
import java.util.List;

/** Rule 1, and what the rings themselves promise. The driver checks rule 1 in every other test too. */
public abstract class CompletionSuite {
    @BackendTest
    void B01_ringsHaveTheSizesAskedForAndAlignedFields(Lab lab) {
        Rings rings = lab.ring(32, 128).rings();

        assertThat(rings.sqEntries()).isEqualTo(32);
        assertThat(rings.cqEntries()).isGreaterThanOrEqualTo(128);
        assertThat(Integer.bitCount(rings.cqEntries())).isOne();
        assertThat(rings.entries().capacity()).isGreaterThanOrEqualTo(32 * RingAbi.SQE_BYTES);
        assertThat(rings.cqRing().capacity())
                .isGreaterThanOrEqualTo(rings.cqEntriesOffset() + rings.cqEntries() * RingAbi.CQE_BYTES);
        assertThat(List.of(rings.sqHead(), rings.sqTail(), rings.cqHead(), rings.cqTail()))
                .allSatisfy(offset -> assertThat(offset % 4).isZero());
        assertThat(rings.sqRing().isDirect() && rings.cqRing().isDirect()).isTrue();
    }

    @BackendTest
    void B01_ringsAreTheSameObjectForLife(Lab lab) {
        RingDriver ring = lab.ring();
        lab.ops().nop();
        ring.enter(1, RingDriver.PATIENCE_NANOS);

        assertThat(ring.backend().rings()).isSameAs(ring.rings());
    }

    @BackendTest(operations = "NOP")
    void B01_nopCompletesOnceWithZero(Lab lab) {
        Cqe cqe = lab.ring().await(lab.ops().nop());

        assertThat(cqe.result()).isZero();
        assertThat(cqe.flags()).isZero();
    }

    @BackendTest(operations = "NOP")
    void B01_userDataComesBackUntouched(Lab lab) {
        RingDriver ring = lab.ring();
        long[] values = {0, 1, Long.MAX_VALUE, Long.MIN_VALUE, 0x1234_5678_9ABC_DEF0L, -2, 1L << 32, 0xFFFF_FFFFL};
        for (long value : values) {
            assertThat(ring.sqe(RingAbi.OP_NOP).fd(-1).userData(value).queue()).isEqualTo(value);
        }
        for (long value : values) {
            assertThat(ring.result(value)).isZero();
        }
    }

    @BackendTest(operations = "NOP")
    void B01_eachOfManyCompletesOnceOverManyTurnsOfTheRings(Lab lab) {
        RingDriver ring = lab.smallRing(4, 8);
        for (int round = 0; round < 500; round++) {
            List<Long> batch = new ArrayList<>();
            for (int i = 0; i < 1 + round % 4; i++) {
                batch.add(lab.ops().nop());
            }
            ring.awaitAll(batch).forEach(cqe -> assertThat(cqe.result()).isZero());
        }
        assertThat(ring.pendingCount()).isZero();
    }

    @BackendTest
    void B01_anUnknownOpcodeCompletesOnceWithAnError(Lab lab) {
        int result = lab.ring().result(lab.ring().sqe(200).fd(-1).queue());

        assertThat(result).isIn(-EINVAL, -EOPNOTSUPP);
    }

    @BackendTest
    void B01_anEntryInErrorDoesNotStopTheOnesBehindIt(Lab lab) {
        RingDriver ring = lab.ring();
        long first = lab.ops().nop();
        long bad = ring.sqe(RingAbi.OP_RECV).fd(1 << 20).queue();
        long second = lab.ops().nop();

        assertThat(ring.result(first)).isZero();
        assertThat(ring.result(bad)).as(Linux.result(bad)).isNegative();
        assertThat(ring.result(second)).isZero();
    }

    @BackendTest(operations = {"ACCEPT", "ASYNC_CANCEL"})
    void B01_aMultishotHasMoreOnAllButTheLast(Lab lab) {
        RingDriver ring = lab.ring();
        Net net = lab.net();
        int listener = net.listener(16);
        long accept = lab.ops().acceptMultishot(listener);
        for (int i = 0; i < 5; i++) {
            net.channel(net.port(listener));
            Cqe cqe = ring.next(accept);
            ring.own(cqe.result());
            assertThat(cqe.more()).isTrue();
        }
        long cancel = lab.ops().cancel(accept);

        Cqe last = ring.next(accept);
        assertThat(last.more()).isFalse();
        assertThat(last.result()).isEqualTo(-ECANCELED);
        assertThat(ring.result(cancel)).isZero();
    }

    @BackendTest
    void B01_twoRingsDoNotMixTheirCompletions(Lab lab) {
        RingDriver one = lab.ring(8, 16);
        RingDriver two = lab.ring(8, 16);
        long inOne = one.sqe(RingAbi.OP_NOP).fd(-1).userData(77).queue();
        two.enter(0, 0);
        assertThat(two.lastReaped()).isZero();

        long inTwo = two.sqe(RingAbi.OP_NOP).fd(-1).userData(78).queue();
        assertThat(one.result(inOne)).isZero();
        assertThat(two.result(inTwo)).isZero();
        assertThat(one.take(78)).isNull();
    }

    @BackendTest
    void B01_pendingOperationsEndOnceWhenCancelledTogether(Lab lab) {
        RingDriver ring = lab.ring();
        Net net = lab.net();
        List<Long> pending = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int[] pair = net.tcpPair();
            pending.add(lab.ops().recv(pair[0], ring.region(64), 0, 64));
            pending.add(lab.ops().poll(pair[1], RingAbi.POLLIN));
        }
        ring.enter(0, 0);
        List<Long> cancels = new ArrayList<>();
        pending.forEach(target -> cancels.add(lab.ops().cancel(target)));

        ring.awaitAll(pending).forEach(cqe -> assertThat(cqe.result()).isEqualTo(-ECANCELED));
        ring.awaitAll(cancels).forEach(cqe -> assertThat(cqe.result()).isZero());
    }
}
