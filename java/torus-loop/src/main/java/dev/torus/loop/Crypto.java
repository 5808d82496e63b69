package dev.torus.loop;

import dev.torus.kernel.WorkerLane;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Cryptography by the JDK, on the worker pool, so that it does not hold up the loop. */
public final class Crypto {
    private final Requests requests;

    Crypto(Requests requests) {
        this.requests = requests;
    }

    /**
     * A message digest.
     *
     * @param algorithm a name of the JDK, e.g. "SHA-256"; an unknown one breaks the promise with NoSuchAlgorithmException
     */
    public LoopPromise<byte[]> hash(String algorithm, byte[] data) {
        byte[] copy = data.clone();
        return requests.blocking(
                "hash", null, () -> MessageDigest.getInstance(algorithm).digest(copy), WorkerLane.GENERAL);
    }

    /** A keyed digest, e.g. "HmacSHA256". */
    public LoopPromise<byte[]> hmac(String algorithm, byte[] key, byte[] data) {
        byte[] copy = data.clone();
        SecretKeySpec secret = new SecretKeySpec(key, algorithm);
        return requests.blocking(
                "hmac",
                null,
                () -> {
                    Mac mac = Mac.getInstance(algorithm);
                    mac.init(secret);
                    return mac.doFinal(copy);
                },
                WorkerLane.GENERAL);
    }

    /**
     * Derives a key from a password by PBKDF2 (RFC 8018).
     *
     * @param digest "SHA1", "SHA256" or "SHA512"
     * @param iterations how often, at least 1
     * @param bytes length of the key
     */
    public LoopPromise<byte[]> pbkdf2(char[] password, byte[] salt, int iterations, int bytes, String digest) {
        PBEKeySpec spec = new PBEKeySpec(password, salt, iterations, Math.multiplyExact(bytes, Byte.SIZE));
        return requests.blocking(
                "pbkdf2",
                null,
                () -> SecretKeyFactory.getInstance("PBKDF2WithHmac" + digest)
                        .generateSecret(spec)
                        .getEncoded(),
                WorkerLane.GENERAL);
    }

    /** Bytes of the system's secure random generator. */
    public LoopPromise<byte[]> randomBytes(int count) {
        byte[] bytes = new byte[count];
        return requests.blocking(
                "randomBytes",
                null,
                () -> {
                    new SecureRandom().nextBytes(bytes);
                    return bytes;
                },
                WorkerLane.GENERAL);
    }

    /**
     * Derives a key from a password by scrypt (RFC 7914). Needs the library Bouncy Castle (org.bouncycastle:bcprov-jdk18on), an optional
     * dependency. It uses 128 · cost · blockSize bytes of memory, 1 GiB at most.
     *
     * @param cost N, a power of two, e.g. 131072
     * @param blockSize r, e.g. 8
     * @param parallelism p, e.g. 1
     * @param bytes length of the key
     * @throws IllegalStateException if the library is not there
     * @throws IllegalArgumentException names what is out of range
     */
    public LoopPromise<byte[]> scrypt(
            byte[] password, byte[] salt, int cost, int blockSize, int parallelism, int bytes) {
        try {
            Scrypt.load();
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "scrypt needs org.bouncycastle:bcprov-jdk18on, which is not on the class or module path", e);
        }
        Scrypt.check(cost, blockSize, parallelism, bytes);
        byte[] secret = password.clone();
        byte[] random = salt.clone();
        return requests.blocking(
                "scrypt",
                null,
                () -> Scrypt.derive(secret, random, cost, blockSize, parallelism, bytes),
                WorkerLane.GENERAL);
    }

    /** A random UUID (version 4, RFC 9562) of the system's secure random generator; at once. */
    public UUID randomUUID() {
        return UUID.randomUUID();
    }
}
