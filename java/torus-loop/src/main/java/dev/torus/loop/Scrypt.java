package dev.torus.loop;

import java.util.Objects;
import org.bouncycastle.crypto.generators.SCrypt;

/** Scrypt by Bouncy Castle. The only class that knows that library. */
final class Scrypt {
    private static final long MAX_MEMORY = 1L << 30;

    private Scrypt() {}

    /** Loads the library, or fails with NoClassDefFoundError. */
    static void load() {
        Objects.requireNonNull(SCrypt.class, "scrypt");
    }

    static void check(int cost, int blockSize, int parallelism, int bytes) {
        if (cost < 2 || Integer.bitCount(cost) != 1) {
            throw new IllegalArgumentException("cost " + cost + " is not a power of two above 1");
        }
        if (blockSize < 1 || parallelism < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "blockSize " + blockSize + ", parallelism " + parallelism + ", bytes " + bytes);
        }
        long memory = 128L * cost * blockSize;
        if (memory > MAX_MEMORY || 128L * blockSize * parallelism > MAX_MEMORY) {
            throw new IllegalArgumentException("cost " + cost + ", blockSize " + blockSize + " and parallelism "
                    + parallelism + " need more than " + MAX_MEMORY + " bytes");
        }
    }

    static byte[] derive(byte[] password, byte[] salt, int cost, int blockSize, int parallelism, int bytes) {
        return SCrypt.generate(password, salt, cost, blockSize, parallelism, bytes);
    }
}
