package dev.torus.loop;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Keys with certificates that vouch for themselves, made by the JDK's keytool. */
final class TestCertificates {
    static final char[] PASSWORD = "changeit".toCharArray();

    /** For localhost and 127.0.0.1. */
    static final TestCertificates LOCALHOST = make("CN=localhost", "san=dns:localhost,ip:127.0.0.1");

    /** For another name. */
    static final TestCertificates ELSEWHERE = make("CN=elsewhere.example", "san=dns:elsewhere.example");

    /** Of a client. */
    static final TestCertificates CLIENT = make("CN=client", "san=email:client@client.example");

    final KeyStore store;
    final Certificate certificate;
    private final byte[] file;

    private TestCertificates(KeyStore store, byte[] file) throws Exception {
        this.store = store;
        this.file = file;
        this.certificate = store.getCertificate("key");
    }

    private static TestCertificates make(String name, String extension) {
        try {
            Path folder = Files.createTempDirectory("torus-tls");
            Path path = folder.resolve("store.p12");
            run(
                    keytool(),
                    "-genkeypair",
                    "-alias",
                    "key",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    name,
                    "-ext",
                    extension,
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    path.toString(),
                    "-storepass",
                    new String(PASSWORD));
            byte[] bytes = Files.readAllBytes(path);
            Files.delete(path);
            Files.delete(folder);
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new java.io.ByteArrayInputStream(bytes)) {
                store.load(in, PASSWORD);
            }
            return new TestCertificates(store, bytes);
        } catch (Exception e) {
            throw new IllegalStateException("no certificate for " + name, e);
        }
    }

    private static String keytool() {
        return Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(List.of(command) + ": " + output);
        }
    }

    /** A store of certificates only. */
    static KeyStore trusting(TestCertificates... those) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (int i = 0; i < those.length; i++) {
            trusted.setCertificateEntry("c" + i, those[i].certificate);
        }
        return trusted;
    }

    /** A store with several keys. */
    static KeyStore all(TestCertificates... those) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        for (int i = 0; i < those.length; i++) {
            Certificate[] chain = {those[i].certificate};
            keys.setKeyEntry("k" + i, those[i].store.getKey("key", PASSWORD), PASSWORD, chain);
        }
        return keys;
    }

    /** A server that shows this certificate. */
    TlsOptions.Builder server() throws Exception {
        return TlsOptions.builder().keys(store, PASSWORD);
    }

    /** A client that trusts this certificate. */
    TlsOptions.Builder client() throws Exception {
        return TlsOptions.builder().trusted(trusting(this));
    }

    /** For the JDK's own sockets: shows this certificate and trusts it. */
    SSLContext context() throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusting(this));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** Key and certificate as PEM, for OpenSSL. */
    String pem() throws Exception {
        java.util.Base64.Encoder base64 = java.util.Base64.getMimeEncoder(64, new byte[] {'\n'});
        List<String> parts = new ArrayList<>();
        parts.add("-----BEGIN PRIVATE KEY-----\n"
                + base64.encodeToString(store.getKey("key", PASSWORD).getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
        parts.add("-----BEGIN CERTIFICATE-----\n"
                + base64.encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n");
        return String.join("", parts);
    }

    /** The store as a file's content. */
    byte[] pkcs12() {
        return file.clone();
    }
}
