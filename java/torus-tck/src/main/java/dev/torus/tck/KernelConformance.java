package dev.torus.tck;

import dev.torus.tck.kernel.CancelAndCloseSuite;
import dev.torus.tck.kernel.DeadlineSuite;
import dev.torus.tck.kernel.FaultSuite;
import dev.torus.tck.kernel.MisuseSuite;
import dev.torus.tck.kernel.OperationSuite;
import dev.torus.tck.kernel.OrderSuite;
import dev.torus.tck.kernel.OwnershipSuite;
import dev.torus.tck.kernel.PipeSuite;
import dev.torus.tck.kernel.PoolSuite;
import dev.torus.tck.kernel.TurnSuite;
import dev.torus.tck.kernel.WakingSuite;
import dev.torus.tck.kernel.ZeroCopySuite;
import org.junit.jupiter.api.Nested;

/** Suite K: what {@code IoKernel} promises, run over each backend. */
public abstract class KernelConformance {
    @Nested
    class Operations extends OperationSuite {}

    @Nested
    class Order extends OrderSuite {}

    @Nested
    class CancelAndClose extends CancelAndCloseSuite {}

    @Nested
    class Misuse extends MisuseSuite {}

    @Nested
    class Turns extends TurnSuite {}

    @Nested
    class Deadlines extends DeadlineSuite {}

    @Nested
    class Ownership extends OwnershipSuite {}

    @Nested
    class Pool extends PoolSuite {}

    @Nested
    class ZeroCopy extends ZeroCopySuite {}

    @Nested
    class Waking extends WakingSuite {}

    @Nested
    class Faults extends FaultSuite {}

    @Nested
    class Pipes extends PipeSuite {}
}
