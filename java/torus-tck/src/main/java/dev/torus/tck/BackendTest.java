package dev.torus.tck;

import dev.torus.tck.harness.BackendExtension;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs once per backend. Its one parameter is a {@link dev.torus.tck.harness.Lab}. Its name begins with the rule it
 * checks ({@code B08_…}, {@code K07_…}; {@code B00}: the table of operations), which becomes its row in the capability matrix.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@TestTemplate
@ExtendWith(BackendExtension.class)
public @interface BackendTest {
    /** Operations of version 1 that the test exercises; further rows of the capability matrix that it counts for. */
    String[] operations() default {};
}
