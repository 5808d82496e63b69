package dev.torus.loop;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * How TLS connections are made. Made by {@link #builder()}.
 *
 * @param context keys, trusted certificates and cached sessions; its provider does the cryptography
 * @param protocols versions that may be agreed upon, in the JDK's names
 * @param cipherSuites those that may be agreed upon, in the JDK's names; empty for the context's own
 * @param applicationProtocols protocols above TLS, the best first (ALPN, RFC 7301); empty to say nothing about them
 * @param clientAuthentication whether a server asks its clients for a certificate
 * @param verifiesHostname whether a client checks that the certificate was made for the name that it connects to (RFC 2818)
 * @param serverName name that a client sends and checks (SNI, RFC 6066), or null for the one that it connects to
 * @param handshakeTimeout from the connection, or a client's attempt to make one, to the end of the handshake
 */
public record TlsOptions(
        SSLContext context,
        List<String> protocols,
        List<String> cipherSuites,
        List<String> applicationProtocols,
        ClientAuthentication clientAuthentication,
        boolean verifiesHostname,
        String serverName,
        Duration handshakeTimeout) {
    /** Whether a server asks for a certificate. */
    public enum ClientAuthentication {
        /** It does not. */
        NONE,
        /** It does, and takes clients without one; a certificate that is not trusted is refused all the same. */
        WANTED,
        /** Without a trusted one there is no connection. */
        NEEDED
    }

    /** Checks what there is. */
    public TlsOptions {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(clientAuthentication, "clientAuthentication");
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
        applicationProtocols = List.copyOf(applicationProtocols);
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("no version of TLS is allowed");
        }
        if (handshakeTimeout.isNegative() || handshakeTimeout.isZero()) {
            throw new IllegalArgumentException("handshakeTimeout " + handshakeTimeout + " is not positive");
        }
    }

    /** The JDK's own trusted certificates, no keys: what a client usually needs. */
    public static TlsOptions defaults() {
        return builder().build();
    }

    /** A builder that starts with the defaults: TLS 1.3 and 1.2, checked host names, 30 seconds for a handshake. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options; each method names the option of the same name. */
    public static final class Builder {
        private SSLContext context;
        private KeyManager[] keys;
        private TrustManager[] trusted;
        private List<String> protocols = List.of("TLSv1.3", "TLSv1.2");
        private List<String> cipherSuites = List.of();
        private List<String> applicationProtocols = List.of();
        private ClientAuthentication clientAuthentication = ClientAuthentication.NONE;
        private boolean verifiesHostname = true;
        private String serverName;
        private Duration handshakeTimeout = Duration.ofSeconds(30);

        private Builder() {}

        /** A context that was made elsewhere, in the place of {@link #keys} and {@link #trusted}. */
        public Builder context(SSLContext value) {
            context = value;
            return this;
        }

        /**
         * Own certificates and their keys. Of several, a server shows the one made for the name that its client asks for.
         *
         * @throws GeneralSecurityException if the store cannot be used, or the password is not that of its keys
         */
        public Builder keys(KeyStore store, char[] password) throws GeneralSecurityException {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    // the factory would not mind a wrong password before the first handshake
                    store.getKey(alias, password);
                }
            }
            // this one, unlike the JDK's first choice, looks at the name that a client asks for
            KeyManagerFactory factory = KeyManagerFactory.getInstance("NewSunX509");
            factory.init(store, password);
            keys = factory.getKeyManagers();
            return this;
        }

        /**
         * Certificates that are trusted in the place of the JDK's.
         *
         * @throws GeneralSecurityException if the store cannot be used
         */
        public Builder trusted(KeyStore store) throws GeneralSecurityException {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            trusted = factory.getTrustManagers();
            return this;
        }

        /** See {@link TlsOptions#protocols()}. */
        public Builder protocols(String... values) {
            protocols = List.of(values);
            return this;
        }

        /** See {@link TlsOptions#cipherSuites()}. */
        public Builder cipherSuites(String... values) {
            cipherSuites = List.of(values);
            return this;
        }

        /** See {@link TlsOptions#applicationProtocols()}. */
        public Builder applicationProtocols(String... values) {
            applicationProtocols = List.of(values);
            return this;
        }

        /** See {@link TlsOptions#clientAuthentication()}. */
        public Builder clientAuthentication(ClientAuthentication value) {
            clientAuthentication = value;
            return this;
        }

        /** See {@link TlsOptions#verifiesHostname()}. Without it anybody who has a trusted certificate can be the server. */
        public Builder verifiesHostname(boolean value) {
            verifiesHostname = value;
            return this;
        }

        /** See {@link TlsOptions#serverName()}. */
        public Builder serverName(String value) {
            serverName = value;
            return this;
        }

        /** See {@link TlsOptions#handshakeTimeout()}. */
        public Builder handshakeTimeout(Duration value) {
            handshakeTimeout = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalStateException if the JDK cannot make a context of them
         */
        public TlsOptions build() {
            return new TlsOptions(
                    context(),
                    protocols,
                    cipherSuites,
                    applicationProtocols,
                    clientAuthentication,
                    verifiesHostname,
                    serverName,
                    handshakeTimeout);
        }

        private SSLContext context() {
            if (context != null && (keys != null || trusted != null)) {
                throw new IllegalArgumentException("a context has its own keys and trusted certificates");
            }
            if (context != null) {
                return context;
            }
            try {
                if (keys == null && trusted == null) {
                    return SSLContext.getDefault();
                }
                SSLContext made = SSLContext.getInstance("TLS");
                made.init(keys, trusted, null);
                return made;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("no TLS context: " + e.getMessage(), e);
            }
        }
    }
}
