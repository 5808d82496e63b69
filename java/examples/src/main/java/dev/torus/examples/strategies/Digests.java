package dev.torus.examples.strategies;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What every strategy answers. */
final class Digests {
    /** Of an answer: the digits of SHA-256 and the end of the line. */
    static final int LINE_BYTES = 65;

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The answer for a file's content. */
    static byte[] answer(byte[] content) {
        return line(sha256().digest(content));
    }

    static byte[] line(byte[] hash) {
        return (HexFormat.of().formatHex(hash) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** How many requests end in these bytes: their ends of line. */
    static int requests(ByteBuffer received) {
        int count = 0;
        for (int i = received.position(); i < received.limit(); i++) {
            if (received.get(i) == '\n') {
                count++;
            }
        }
        return count;
    }
}
