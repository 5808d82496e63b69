package dev.torus.tck.harness;

import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.TestedBackends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/** Which backends a run tests. */
public final class Backends {
    /** Comma-separated names; only these run, and each must be available. Empty: all that are known, unavailable ones skipped. */
    public static final String SELECTION = "torus.tck.backends";

    /**
     * Backends whose ring is consumed by the operating system itself: it checks pages and its own descriptor table, not our
     * regions, so the tests of region bounds skip.
     */
    public static final Set<String> KERNEL_RINGS = Set.copyOf(Arrays.asList(
            System.getProperty("torus.tck.kernelRings", "io_uring").split(",")));

    private Backends() {}

    /** Every provider that {@link ServiceLoader} finds, highest priority first. */
    public static List<BackendProvider> all() {
        List<BackendProvider> found = new ArrayList<>();
        ServiceLoader.load(BackendProvider.class).forEach(found::add);
        found.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
        return found;
    }

    /** The provider of that name. */
    public static BackendProvider named(String name) {
        return all().stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no backend named " + name + " on the class path"));
    }

    /** Those that can be opened here and are selected. */
    public static List<BackendProvider> available() {
        return select(all()).stream()
                .filter(provider -> provider.unavailableReason() == null)
                .toList();
    }

    /** Whether the user named the backends, so that a missing one is a failure and not a skip. */
    static boolean isExplicit() {
        return !System.getProperty(SELECTION, "").isBlank();
    }

    static List<BackendProvider> forTest(TestedBackends named) {
        return select(
                named == null
                        ? all()
                        : Arrays.stream(named.value()).map(Backends::create).toList());
    }

    private static List<BackendProvider> select(List<BackendProvider> candidates) {
        if (!isExplicit()) {
            return candidates;
        }
        List<BackendProvider> selected = new ArrayList<>();
        for (String name : System.getProperty(SELECTION).split(",")) {
            candidates.stream()
                    .filter(provider -> provider.name().equals(name.trim()))
                    .forEach(selected::add);
        }
        if (selected.isEmpty()) {
            throw new IllegalArgumentException(SELECTION + "=" + System.getProperty(SELECTION) + " matches none of "
                    + candidates.stream().map(BackendProvider::name).toList());
        }
        return selected;
    }

    private static BackendProvider create(Class<? extends BackendProvider> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " needs a public constructor without parameters", e);
        }
    }
}
