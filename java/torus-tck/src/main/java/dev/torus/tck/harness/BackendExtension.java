package dev.torus.tck.harness;

import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.BackendTest;
import dev.torus.tck.TestedBackends;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.TestWatcher;

/** Runs a {@link BackendTest} once per backend, with a fresh {@link Lab} each time, and writes down what came out. */
public final class BackendExtension implements TestTemplateInvocationContextProvider {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(BackendExtension.class);

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        return Backends.forTest(testedBackends(context)).stream().map(PerBackend::new);
    }

    /** The annotation stands on the outermost class that is run; nested suites inherit it. */
    private static TestedBackends testedBackends(ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context);
                at.isPresent();
                at = at.get().getParent()) {
            TestedBackends named = at.get()
                    .getTestClass()
                    .map(type -> type.getAnnotation(TestedBackends.class))
                    .orElse(null);
            if (named != null) {
                return named;
            }
        }
        return null;
    }

    private record PerBackend(BackendProvider provider) implements TestTemplateInvocationContext {
        @Override
        public String getDisplayName(int index) {
            return provider.name();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new Invocation(provider));
        }
    }

    private static final class Invocation
            implements ExecutionCondition, ParameterResolver, InvocationInterceptor, TestWatcher {
        private final BackendProvider provider;
        private final Lab lab;

        Invocation(BackendProvider provider) {
            this.provider = provider;
            this.lab = new Lab(provider);
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String reason = provider.unavailableReason();
            if (reason == null || Backends.isExplicit()) {
                return ConditionEvaluationResult.enabled("available");
            }
            return ConditionEvaluationResult.disabled("backend unavailable: " + reason);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Lab.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return lab;
        }

        @Override
        public void interceptTestTemplateMethod(
                InvocationInterceptor.Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> method,
                ExtensionContext context)
                throws Throwable {
            String name = method.getExecutable().getName() + " on " + provider.name();
            try (Watchdog watchdog = new Watchdog(name)) {
                Leaks leaks = Leaks.before();
                try (lab) {
                    invocation.proceed();
                }
                leaks.check();
            }
        }

        @Override
        public void testDisabled(ExtensionContext context, Optional<String> reason) {
            record(context, CapabilityMatrix.Outcome.SKIPPED, reason.orElse("disabled"));
        }

        @Override
        public void testAborted(ExtensionContext context, Throwable cause) {
            record(context, CapabilityMatrix.Outcome.SKIPPED, cause.getMessage());
        }

        @Override
        public void testSuccessful(ExtensionContext context) {
            record(context, CapabilityMatrix.Outcome.PASSED, null);
        }

        @Override
        public void testFailed(ExtensionContext context, Throwable cause) {
            record(context, CapabilityMatrix.Outcome.FAILED, cause.toString());
        }

        private void record(ExtensionContext context, CapabilityMatrix.Outcome outcome, String reason) {
            Method method = context.getRequiredTestMethod();
            String[] operations = method.getAnnotation(BackendTest.class).operations();
            context.getRoot()
                    .getStore(NAMESPACE)
                    .getOrComputeIfAbsent(CapabilityMatrix.class, key -> new CapabilityMatrix(), CapabilityMatrix.class)
                    .record(method.getName(), List.of(operations), provider.name(), outcome, reason);
        }
    }
}
