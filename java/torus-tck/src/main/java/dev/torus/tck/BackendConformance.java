package dev.torus.tck;

import dev.torus.tck.backend.AddressSuite;
import dev.torus.tck.backend.CancelSuite;
import dev.torus.tck.backend.CompletionSuite;
import dev.torus.tck.backend.ConnectionSuite;
import dev.torus.tck.backend.DatagramSuite;
import dev.torus.tck.backend.DescriptorLimitSuite;
import dev.torus.tck.backend.EnterSuite;
import dev.torus.tck.backend.FairnessSuite;
import dev.torus.tck.backend.FileSuite;
import dev.torus.tck.backend.FullRingSuite;
import dev.torus.tck.backend.PollSuite;
import dev.torus.tck.backend.ProvidedBufferSuite;
import dev.torus.tck.backend.ReceiveSuite;
import dev.torus.tck.backend.SendSuite;
import dev.torus.tck.backend.WakeupSuite;
import org.junit.jupiter.api.Nested;

/**
 * Suite B: everything a backend must do by itself. Extend it in a test class of one line; annotate that class with
 * {@link TestedBackends} to run it on backends of your own only.
 */
public abstract class BackendConformance {
    @Nested
    class Completions extends CompletionSuite {}

    @Nested
    class Connections extends ConnectionSuite {}

    @Nested
    class Sends extends SendSuite {}

    @Nested
    class Receives extends ReceiveSuite {}

    @Nested
    class Datagrams extends DatagramSuite {}

    @Nested
    class Polls extends PollSuite {}

    @Nested
    class ProvidedBuffers extends ProvidedBufferSuite {}

    @Nested
    class Cancels extends CancelSuite {}

    @Nested
    class FileFunctions extends FileSuite {}

    @Nested
    class FullRings extends FullRingSuite {}

    @Nested
    class Enters extends EnterSuite {}

    @Nested
    class Wakeups extends WakeupSuite {}

    @Nested
    class Fairness extends FairnessSuite {}

    @Nested
    class Addresses extends AddressSuite {}

    @Nested
    class DescriptorLimits extends DescriptorLimitSuite {}
}
