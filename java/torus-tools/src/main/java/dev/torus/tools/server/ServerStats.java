package dev.torus.tools.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the loops of a server did since they started.
 *
 * @param connections accepted
 * @param messages echoed receives, or requests
 * @param enters turns
 * @param crossings calls into native code
 * @param syscalls system calls of the backend, as far as it knows
 * @param wouldBlock attempts that found nothing
 * @param wakeups wake-up system calls
 * @param operations queued
 * @param bytesIn received
 * @param bytesOut sent
 * @param allocatedBytes of heap, by the loops' threads
 * @param cpuNanos of the loops' threads
 * @param userNanos of that, in user mode; coarse
 */
public record ServerStats(
        long connections,
        long messages,
        long enters,
        long crossings,
        long syscalls,
        long wouldBlock,
        long wakeups,
        long operations,
        long bytesIn,
        long bytesOut,
        long allocatedBytes,
        long cpuNanos,
        long userNanos) {

    static final ServerStats NONE = new ServerStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":(-?\\d+)");

    /** Both together. */
    public ServerStats plus(ServerStats o) {
        return combine(o, 1);
    }

    /** What happened since an earlier reading. */
    public ServerStats since(ServerStats earlier) {
        return combine(earlier, -1);
    }

    private ServerStats combine(ServerStats o, int sign) {
        return new ServerStats(
                connections + sign * o.connections,
                messages + sign * o.messages,
                enters + sign * o.enters,
                crossings + sign * o.crossings,
                syscalls + sign * o.syscalls,
                wouldBlock + sign * o.wouldBlock,
                wakeups + sign * o.wakeups,
                operations + sign * o.operations,
                bytesIn + sign * o.bytesIn,
                bytesOut + sign * o.bytesOut,
                allocatedBytes + sign * o.allocatedBytes,
                cpuNanos + sign * o.cpuNanos,
                userNanos + sign * o.userNanos);
    }

    /** One line of JSON. */
    public String toJson() {
        return "{\"connections\":" + connections + ",\"messages\":" + messages + ",\"enters\":" + enters
                + ",\"crossings\":" + crossings + ",\"syscalls\":" + syscalls + ",\"wouldBlock\":" + wouldBlock
                + ",\"wakeups\":" + wakeups + ",\"operations\":" + operations + ",\"bytesIn\":" + bytesIn
                + ",\"bytesOut\":" + bytesOut + ",\"allocatedBytes\":" + allocatedBytes + ",\"cpuNanos\":" + cpuNanos
                + ",\"userNanos\":" + userNanos + "}";
    }

    /** Reads {@link #toJson} back. */
    public static ServerStats fromJson(String line) {
        Matcher matcher = FIELD.matcher(line);
        long[] values = new long[13];
        int count = 0;
        while (matcher.find() && count < values.length) {
            values[count++] = Long.parseLong(matcher.group(2));
        }
        if (count != values.length) {
            throw new IllegalArgumentException("not statistics: " + line);
        }
        return new ServerStats(
                values[0],
                values[1],
                values[2],
                values[3],
                values[4],
                values[5],
                values[6],
                values[7],
                values[8],
                values[9],
                values[10],
                values[11],
                values[12]);
    }
}
