package dev.torus.tools;

import dev.torus.loop.TlsOptions;
import dev.torus.tools.server.SelfMadeCertificate;
import dev.torus.tools.server.ServerGroup;
import dev.torus.tools.server.ServerOptions;
import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code torus http}. */
@Command(
        name = "http",
        mixinStandardHelpOptions = true,
        description = "An HTTP/1.1 server that answers / and /plaintext with \"Hello, World!\".")
final class HttpCommand extends ServerCommand {
    @Option(
            names = "--tls",
            description = "Serve https, with a certificate that is made for it and that nobody vouches for.")
    private boolean tls;

    @Option(
            names = "--keystore",
            paramLabel = "FILE",
            description = "Serve https with the key and certificates of this store (PKCS #12 or JKS).")
    private File keystore;

    @Option(
            names = "--password-env",
            paramLabel = "NAME",
            defaultValue = "TORUS_KEYSTORE_PASSWORD",
            description = "Environment variable with the store's password; default ${DEFAULT-VALUE}.")
    private String passwordVariable;

    @Override
    ServerGroup start(ServerOptions options) throws IOException {
        return ServerGroup.startHttp(options, tls || keystore != null ? tlsOptions() : null);
    }

    private TlsOptions tlsOptions() throws IOException {
        try {
            if (keystore == null) {
                SelfMadeCertificate made = SelfMadeCertificate.make();
                return options(made.store(), made.password());
            }
            String password = System.getenv(passwordVariable);
            if (password == null) {
                throw new IllegalArgumentException(
                        "--keystore needs its password in the environment variable " + passwordVariable);
            }
            return options(KeyStore.getInstance(keystore, password.toCharArray()), password.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException("--keystore " + keystore + ": " + e.getMessage(), e);
        }
    }

    private static TlsOptions options(KeyStore store, char[] password) throws GeneralSecurityException {
        return TlsOptions.builder()
                .keys(store, password)
                .applicationProtocols("http/1.1")
                .build();
    }
}
