package dev.torus.http;

import dev.torus.loop.TlsOptions;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

/** A key and certificate for localhost, made by the JDK's keytool. */
final class TestKeys {
    private static final String PASSWORD = "changeit";
    private static final KeyStore STORE = make();

    private TestKeys() {}

    private static KeyStore make() {
        try {
            Path folder = Files.createTempDirectory("torus-https");
            Path file = folder.resolve("key.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "key",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1",
                            "-validity",
                            "2",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            PASSWORD)
                    .inheritIO()
                    .start();
            if (keytool.waitFor() != 0) {
                throw new IllegalStateException("keytool failed");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, PASSWORD.toCharArray());
            }
            Files.delete(file);
            Files.delete(folder);
            return store;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static TlsOptions server() throws Exception {
        return TlsOptions.builder().keys(STORE, PASSWORD.toCharArray()).build();
    }

    /** A client that trusts the server's certificate. */
    static TlsOptions client() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", STORE.getCertificate("key"));
        return TlsOptions.builder().trusted(trusted).build();
    }
}
