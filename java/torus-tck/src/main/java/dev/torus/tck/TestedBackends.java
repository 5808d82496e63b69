package dev.torus.tck;

import dev.torus.kernel.spi.BackendProvider;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the backends that a conformance class runs on, instead of all that {@link java.util.ServiceLoader} finds. The classes
 * need a public constructor without parameters. The property {@code torus.tck.backends} still selects among them.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TestedBackends {
    /** The providers to open backends with. */
    Class<? extends BackendProvider>[] value();
}
