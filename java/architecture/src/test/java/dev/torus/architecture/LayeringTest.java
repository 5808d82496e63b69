package dev.torus.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Each layer knows only those below it. */
@AnalyzeClasses(packages = "dev.torus", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule theQueueDependsOnNothing = classes()
            .that()
            .resideInAPackage("dev.torus.queue..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.torus.queue..", "java..");

    @ArchTest
    static final ArchRule theSpiDependsOnNothing = classes()
            .that()
            .resideInAPackage("dev.torus.kernel.spi..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.torus.kernel.spi..", "java..");

    @ArchTest
    static final ArchRule backendsKnowTheSpiOnly = classes()
            .that()
            .resideInAPackage("dev.torus.kernel.internal..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.torus.kernel.internal..", "dev.torus.kernel.spi..", "java..");

    @ArchTest
    static final ArchRule backendsDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage("dev.torus.kernel.internal.nio..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.torus.kernel.internal.natives..");

    @ArchTest
    static final ArchRule theKernelDoesNotKnowItsBackends = classes()
            .that()
            .resideInAPackage("dev.torus.kernel")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.torus.kernel", "dev.torus.kernel.spi..", "dev.torus.queue..", "java..", "jdk.jfr..");

    @ArchTest
    static final ArchRule nothingIsBuiltOnTheSyscallLevels = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.torus.syscall..", "dev.torus.tools..", "dev.torus.examples..", "dev.torus.benchmarks..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.torus.syscall..");

    @ArchTest
    static final ArchRule theLoopKnowsTheKernelsPublicPackages = classes()
            .that()
            .resideInAPackage("dev.torus.loop..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.torus.loop..",
                    "dev.torus.kernel",
                    "dev.torus.kernel.spi..",
                    "dev.torus.queue..",
                    "org.HdrHistogram..",
                    "org.xbill.DNS..",
                    "org.bouncycastle..",
                    "java..",
                    "javax..",
                    "jdk.jfr..");

    @ArchTest
    static final ArchRule onlyEventsKnowTheFlightRecorder = classes()
            .that()
            .resideOutsideOfPackage("dev.torus.tools..")
            .and()
            .haveNameNotMatching("dev\\.torus\\.(kernel|loop)\\.(\\w+Event|LoopFlight)")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("jdk.jfr..");

    @ArchTest
    static final ArchRule tracesAreDataAndNothingElse = classes()
            .that()
            .resideInAPackage("dev.torus.loop.trace..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.torus.loop.trace..", "java..");

    @ArchTest
    static final ArchRule httpKnowsTheLoopAndItsParser = classes()
            .that()
            .resideInAPackage("dev.torus.http..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.torus.http..", "dev.torus.loop..", "dev.torus.kernel", "org.eclipse.jetty.http..", "java..");

    @ArchTest
    static final ArchRule nothingBelowKnowsHttp = noClasses()
            .that()
            .resideInAnyPackage("dev.torus.loop..", "dev.torus.kernel..", "dev.torus.queue..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.torus.http..");

    @ArchTest
    static final ArchRule nobodyAboveKnowsTools = noClasses()
            .that()
            .resideOutsideOfPackage("dev.torus.tools..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.torus.tools..");

    @ArchTest
    static final ArchRule nothingUnsafe =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("sun..", "jdk.internal..");
}
