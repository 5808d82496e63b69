package dev.torus.http;

import java.time.Duration;

/**
 * What a server or client takes from its peers. Times are kept by a sweep, so that a request costs no timer: what is too late is ended
 * up to an eighth of the shortest of them later. Made by {@link #builder()}.
 *
 * @param maxHeadBytes bytes of a head, its first line included; more is 431
 * @param maxHeaders fields of a head; more is 431
 * @param maxBodyBytes bytes of a body; more is 413
 * @param headersTimeout from the connection, or the first byte of a later request, to the end of its head; then 408
 * @param requestTimeout from the first byte of a request to the end of its body; then 408. For a client: from the request to the end of
 *     the answer
 * @param keepAliveTimeout how long a connection may lie idle between requests
 * @param writeTimeout how long a peer may take nothing of what is queued for it
 * @param maxConnections connections at once; a server closes what is more, a client lets requests to one origin wait
 */
public record HttpLimits(
        int maxHeadBytes,
        int maxHeaders,
        long maxBodyBytes,
        Duration headersTimeout,
        Duration requestTimeout,
        Duration keepAliveTimeout,
        Duration writeTimeout,
        int maxConnections) {
    /** Checks that all are positive. */
    public HttpLimits {
        if (maxHeadBytes < 128 || maxHeaders < 1 || maxBodyBytes < 0 || maxConnections < 1) {
            throw new IllegalArgumentException("limits must be positive, a head's at least 128 bytes");
        }
    }

    /** 16 KiB and 100 fields, 64 MiB, 60 s, 300 s, 5 s, 60 s, 100,000 connections. */
    public static HttpLimits defaults() {
        return builder().build();
    }

    /** A builder that starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** How often the sweep looks, in milliseconds. */
    long sweepMillis() {
        long shortest = Math.min(
                Math.min(headersTimeout.toMillis(), requestTimeout.toMillis()),
                Math.min(keepAliveTimeout.toMillis(), writeTimeout.toMillis()));
        return Math.max(5, Math.min(1000, shortest / 8));
    }

    /** Collects limits; each method names the limit of the same name. */
    public static final class Builder {
        private int maxHeadBytes = 16 * 1024;
        private int maxHeaders = 100;
        private long maxBodyBytes = 64L << 20;
        private Duration headersTimeout = Duration.ofMinutes(1);
        private Duration requestTimeout = Duration.ofMinutes(5);
        private Duration keepAliveTimeout = Duration.ofSeconds(5);
        private Duration writeTimeout = Duration.ofMinutes(1);
        private int maxConnections = 100_000;

        private Builder() {}

        /** See {@link HttpLimits#maxHeadBytes()}. */
        public Builder maxHeadBytes(int value) {
            maxHeadBytes = value;
            return this;
        }

        /** See {@link HttpLimits#maxHeaders()}. */
        public Builder maxHeaders(int value) {
            maxHeaders = value;
            return this;
        }

        /** See {@link HttpLimits#maxBodyBytes()}. */
        public Builder maxBodyBytes(long value) {
            maxBodyBytes = value;
            return this;
        }

        /** See {@link HttpLimits#headersTimeout()}. */
        public Builder headersTimeout(Duration value) {
            headersTimeout = value;
            return this;
        }

        /** See {@link HttpLimits#requestTimeout()}. */
        public Builder requestTimeout(Duration value) {
            requestTimeout = value;
            return this;
        }

        /** See {@link HttpLimits#keepAliveTimeout()}. */
        public Builder keepAliveTimeout(Duration value) {
            keepAliveTimeout = value;
            return this;
        }

        /** See {@link HttpLimits#writeTimeout()}. */
        public Builder writeTimeout(Duration value) {
            writeTimeout = value;
            return this;
        }

        /** See {@link HttpLimits#maxConnections()}. */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        /** The limits. */
        public HttpLimits build() {
            return new HttpLimits(
                    maxHeadBytes,
                    maxHeaders,
                    maxBodyBytes,
                    headersTimeout,
                    requestTimeout,
                    keepAliveTimeout,
                    writeTimeout,
                    maxConnections);
        }
    }
}
