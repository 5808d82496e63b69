package dev.torus.tools.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HexFormat;

/** A key with a certificate for this host that nobody vouches for, made by the JDK's keytool; to try TLS with. */
public final class SelfMadeCertificate {
    private final KeyStore store;
    private final char[] password;

    private SelfMadeCertificate(KeyStore store, char[] password) {
        this.store = store;
        this.password = password;
    }

    /**
     * For localhost and its addresses.
     *
     * @throws IOException if this Java has no keytool, or it does not succeed
     */
    public static SelfMadeCertificate make() throws IOException {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Path folder = Files.createTempDirectory("torus-tls");
        Path file = folder.resolve("key.p12");
        try {
            keytool(file, password);
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, password.toCharArray());
            }
            return new SelfMadeCertificate(store, password.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool's store cannot be used: " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static void keytool(Path file, String password) throws IOException {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        ProcessBuilder builder = new ProcessBuilder(
                tool.toString(),
                "-genkeypair",
                "-alias",
                "torus",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass:env",
                "TORUS_STORE_PASSWORD");
        builder.environment().put("TORUS_STORE_PASSWORD", password);
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        }
    }

    /** The key and its certificate. */
    public KeyStore store() {
        return store;
    }

    /** Of the store and the key. */
    public char[] password() {
        return password.clone();
    }
}
