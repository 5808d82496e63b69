package dev.torus.tck.faults;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedClass;

import dev.torus.tck.BackendConformance;
import java.nio.file.Files;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A process of its own for one fault: runs the part of suite B that must catch it and prints the tests that failed. */
public final class FaultRun {
    private FaultRun() {}

    /** Takes the name of the fault. */
    public static void main(String[] args) throws Exception {
        System.setProperty(FaultyProvider.FAULT, args[0]);
        System.setProperty("torus.tck.patienceSeconds", "1");
        System.setProperty("torus.tck.hangSeconds", "8");
        System.setProperty("torus.tck.races", "20");
        System.clearProperty("torus.tck.backends");
        System.setProperty(
                "torus.tck.matrixDirectory", Files.createTempDirectory("tck").toString());
        TestExecutionListener printer = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                    System.out.println("failed " + test.getUniqueIdObject() + " "
                            + result.getThrowable()
                                    .map(Throwable::toString)
                                    .orElse("")
                                    .lines()
                                    .findFirst()
                                    .orElse(""));
                }
            }
        };
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectNestedClass(
                                        List.of(FaultyConformance.class.getName()),
                                        BackendConformance.class.getName() + "$" + Fault.valueOf(args[0]).suite))
                                .build(),
                        printer);
        System.out.println("finished");
        System.exit(0);
    }
}
