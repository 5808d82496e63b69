package dev.torus.tck.harness;

import java.util.Map;

/** The rules of the ring contract in a few words, for the rows of the matrix. */
final class RuleText {
    private static final Map<String, String> TEXTS = Map.ofEntries(
            Map.entry("B00", "operations, their results and errors"),
            Map.entry("B01", "exactly one terminal completion"),
            Map.entry("B03", "send all or say how much"),
            Map.entry("B04", "receive and end of stream"),
            Map.entry("B05", "file positions"),
            Map.entry("B06", "cancel"),
            Map.entry("B08", "a full completion ring loses nothing"),
            Map.entry("B10", "a peer that has gone is an errno"),
            Map.entry("B11", "no provided buffer left"),
            Map.entry("B12", "enter"),
            Map.entry("B13", "wakeup"),
            Map.entry("B14", "bounded and fair"),
            Map.entry("B15", "bad addresses and descriptors"),
            Map.entry("K01", "exactly one completion, right token"),
            Map.entry("K02", "operations of one handle in queue order"),
            Map.entry("K05", "files"),
            Map.entry("K06", "cancel and deadlines close what still arrives"),
            Map.entry("K07", "two-phase close"),
            Map.entry("K09", "a full submission ring keeps order"),
            Map.entry("K10", "errors as results"),
            Map.entry("K11", "provided buffers"),
            Map.entry("K12", "enter, drain and posts"),
            Map.entry("K15", "misuse throws, stale handles answer EBADF"),
            Map.entry("K16", "deadlines"),
            Map.entry("K17", "ownership"),
            Map.entry("K18", "limits"),
            Map.entry("K19", "worker pool"),
            Map.entry("K20", "random operations"),
            Map.entry("K21", "the same script on every backend"),
            Map.entry("K22", "a thousand connections"),
            Map.entry("K23", "zero-copy sends"),
            Map.entry("K24", "spinning before sleeping"));

    private RuleText() {}

    static String of(String rule) {
        return TEXTS.get(rule);
    }
}
