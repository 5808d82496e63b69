package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Chooses a backend. A name that was asked for is an order; only the automatic choice falls through to the next. */
final class BackendSelector {
    /** An open backend and how it came to that. */
    record Selection(Backend backend, Explanation explanation) {}

    /** A wish and where it comes from. */
    private record Wish(String name, String because) {}

    private final List<BackendProvider> providers;
    private final List<String> broken = new ArrayList<>();

    BackendSelector() {
        this.providers = new ArrayList<>();
        var found = ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader())
                .iterator();
        while (true) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                providers.add(found.next());
            } catch (ServiceConfigurationError e) {
                broken.add(String.valueOf(e.getMessage()));
            }
        }
        providers.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
    }

    private static Wish wish(String option) {
        if (option != null) {
            return new Wish(option, "asked for by KernelOptions");
        }
        String property = System.getProperty("torus.backend");
        if (property != null && !property.isBlank()) {
            return new Wish(property.strip(), "asked for by -Dtorus.backend");
        }
        String variable = System.getenv("TORUS_BACKEND");
        if (variable != null && !variable.isBlank()) {
            return new Wish(variable.strip(), "asked for by TORUS_BACKEND");
        }
        return new Wish(null, "highest priority of those available");
    }

    Explanation explain(String option) {
        Wish wish = wish(option);
        List<Explanation.Candidate> candidates = new ArrayList<>();
        String chosen = null;
        for (BackendProvider provider : providers) {
            String reason = provider.unavailableReason();
            candidates.add(new Explanation.Candidate(provider.name(), provider.priority(), reason, null));
            if (chosen == null && reason == null && (wish.name == null || matches(provider, wish.name))) {
                chosen = provider.name();
            }
        }
        return new Explanation(chosen, wish.because, candidates);
    }

    private static boolean matches(BackendProvider provider, String name) {
        return provider.name().equals(name.toLowerCase(Locale.ROOT));
    }

    Selection open(String option, BackendConfig config) throws BackendUnavailableException {
        Wish wish = wish(option);
        return wish.name == null ? openBest(wish, config) : openNamed(wish, config);
    }

    private Selection openNamed(Wish wish, BackendConfig config) throws BackendUnavailableException {
        for (BackendProvider provider : providers) {
            if (matches(provider, wish.name)) {
                String reason = provider.unavailableReason();
                if (reason != null) {
                    throw new BackendUnavailableException(
                            "backend " + provider.name() + " (" + wish.because + ") cannot be used here: " + reason);
                }
                Backend backend = provider.open(config);
                return new Selection(backend, explanation(wish, backend, List.of()));
            }
        }
        List<String> known = providers.stream().map(BackendProvider::name).toList();
        throw new BackendUnavailableException("unknown backend \"" + wish.name + "\" (" + wish.because + "); known: "
                + known + (broken.isEmpty() ? "" : "; failed to load: " + broken));
    }

    private Selection openBest(Wish wish, BackendConfig config) throws BackendUnavailableException {
        List<Explanation.Candidate> refused = new ArrayList<>();
        for (BackendProvider provider : providers) {
            String reason = provider.unavailableReason();
            if (reason == null) {
                try {
                    Backend backend = provider.open(config);
                    return new Selection(backend, explanation(wish, backend, refused));
                } catch (BackendUnavailableException e) {
                    reason = e.getMessage();
                }
            }
            refused.add(new Explanation.Candidate(provider.name(), provider.priority(), reason, null));
        }
        throw new BackendUnavailableException(
                "no backend can be used here: " + new Explanation(null, wish.because, refused)
                        + (broken.isEmpty() ? "" : "; failed to load: " + broken));
    }

    private Explanation explanation(Wish wish, Backend backend, List<Explanation.Candidate> refused) {
        List<Explanation.Candidate> candidates = new ArrayList<>();
        for (BackendProvider provider : providers) {
            boolean chosen = provider.name().equals(backend.name());
            String reason = chosen ? null : provider.unavailableReason();
            for (Explanation.Candidate candidate : refused) {
                reason = candidate.name().equals(provider.name()) ? candidate.unavailableReason() : reason;
            }
            candidates.add(new Explanation.Candidate(
                    provider.name(), provider.priority(), reason, chosen ? backend.description() : null));
        }
        return new Explanation(backend.name(), wish.because, candidates);
    }
}
