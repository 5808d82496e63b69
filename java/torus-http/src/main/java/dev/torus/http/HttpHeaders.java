package dev.torus.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BiConsumer;

/** The fields of a head in their order; names are compared without regard to case, and may occur more than once. */
public final class HttpHeaders {
    /** Names and values that were checked not long ago; most are constants of a program. Races do no harm: strings do not change. */
    private static final String[] CHECKED_NAMES = new String[64];

    private static final String[] CHECKED_VALUES = new String[64];

    /** Longer values are not kept from the collector. */
    private static final int MAX_REMEMBERED = 64;

    private static final String[] NONE = {};
    private static final int FIRST_CAPACITY = 8;

    private String[] fields;
    private int used;
    /** Others have the same array: it is copied before it is changed. */
    private boolean shared;

    /** An empty list of fields. */
    public HttpHeaders() {
        fields = NONE;
    }

    /** An empty list with room for so many fields. */
    HttpHeaders(int expected) {
        fields = new String[2 * expected];
    }

    private HttpHeaders(HttpHeaders original) {
        fields = original.fields;
        used = original.used;
        shared = true;
    }

    /** The same fields; changes of the copy are not seen in this one, which must not change any more. */
    HttpHeaders copy() {
        return new HttpHeaders(this);
    }

    /** Number of fields. */
    public int size() {
        return used / 2;
    }

    /** First value of a field, or null. */
    public String get(String name) {
        int at = find(name, 0);
        return at < 0 ? null : fields[at + 1];
    }

    /** All values of a field, in order. */
    public List<String> getAll(String name) {
        List<String> values = new ArrayList<>();
        for (int at = find(name, 0); at >= 0; at = find(name, at + 2)) {
            values.add(fields[at + 1]);
        }
        return values;
    }

    /** Whether the field occurs. */
    public boolean has(String name) {
        return find(name, 0) >= 0;
    }

    /** Whether a field that is a list of words, such as Connection, has a word in any of its occurrences. */
    public boolean hasWord(String name, String word) {
        for (int at = find(name, 0); at >= 0; at = find(name, at + 2)) {
            for (String part : fields[at + 1].split(",", -1)) {
                if (part.strip().equalsIgnoreCase(word)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Adds a field behind the others.
     *
     * @throws IllegalArgumentException if the name is no token or the value has a character that would end the field
     */
    public HttpHeaders add(String name, String value) {
        checkName(name);
        checkValue(name, value);
        append(name, value);
        return this;
    }

    /** Puts one field in the place of all of this name; see {@link #add}. */
    public HttpHeaders set(String name, String value) {
        checkName(name);
        checkValue(name, value);
        remove(name);
        append(name, value);
        return this;
    }

    /** Takes all fields of a name away. */
    public HttpHeaders remove(String name) {
        if (shared && find(name, 0) >= 0) {
            unshare(fields.length);
        }
        int to = 0;
        for (int from = 0; from < used; from += 2) {
            if (!fields[from].equalsIgnoreCase(name)) {
                if (to != from) {
                    fields[to] = fields[from];
                    fields[to + 1] = fields[from + 1];
                }
                to += 2;
            }
        }
        used = to;
        return this;
    }

    /** Visits the fields in their order. */
    public void forEach(BiConsumer<String, String> visitor) {
        for (int at = 0; at < used; at += 2) {
            visitor.accept(fields[at], fields[at + 1]);
        }
    }

    String name(int index) {
        return fields[2 * index];
    }

    String value(int index) {
        return fields[2 * index + 1];
    }

    /** Adds what the parser has checked. */
    void append(String name, String value) {
        if (used == fields.length) {
            unshare(Math.max(FIRST_CAPACITY, 2 * used));
        } else if (shared) {
            unshare(fields.length);
        }
        fields[used++] = name;
        fields[used++] = value;
    }

    private void unshare(int capacity) {
        fields = Arrays.copyOf(fields, capacity);
        shared = false;
    }

    private int find(String name, int from) {
        for (int at = from; at < used; at += 2) {
            if (fields[at].equalsIgnoreCase(name)) {
                return at;
            }
        }
        return -1;
    }

    static void checkName(String name) {
        int place = name.hashCode() & CHECKED_NAMES.length - 1;
        if (isSame(CHECKED_NAMES[place], name)) {
            return;
        }
        boolean good = !name.isEmpty();
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = c > ' ' && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
        }
        if (!good) {
            throw new IllegalArgumentException("not a field name: " + name.replaceAll("\\p{Cntrl}", "?"));
        }
        CHECKED_NAMES[place] = name;
    }

    private static void checkValue(String name, String value) {
        Objects.requireNonNull(value, name);
        int place = value.hashCode() & CHECKED_VALUES.length - 1;
        if (isSame(CHECKED_VALUES[place], value)) {
            return;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT, "character %04x in the value of field %s is not allowed", (int) c, name));
            }
        }
        if (value.length() <= MAX_REMEMBERED) {
            CHECKED_VALUES[place] = value;
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very same string; an equal one is checked again
    private static boolean isSame(String a, String b) {
        return a == b;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
        return text.toString();
    }
}
