package dev.torus.kernel;

import java.util.List;

/**
 * Why which backend is used.
 *
 * @param chosen name of the backend that is or would be used, or null if there is none
 * @param because what decided: an option, a property, a variable, or priority
 * @param candidates all backends that were found, highest priority first
 */
public record Explanation(String chosen, String because, List<Candidate> candidates) {
    /**
     * One backend.
     *
     * @param name its name
     * @param priority its priority
     * @param unavailableReason why it cannot be used here, or null if it can
     * @param description version and features, of the chosen one once it is open, otherwise null
     */
    public record Candidate(String name, int priority, String unavailableReason, String description) {}

    /** A line per backend, for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("backend ").append(chosen).append(" (").append(because).append(')');
        for (Candidate candidate : candidates) {
            text.append("\n  ").append(candidate.name()).append(": ");
            if (candidate.unavailableReason() != null) {
                text.append("unavailable: ").append(candidate.unavailableReason());
            } else {
                text.append(candidate.name().equals(chosen) ? "chosen" : "available, not chosen");
            }
            if (candidate.description() != null) {
                text.append("; ").append(candidate.description());
            }
        }
        return text.toString();
    }
}
