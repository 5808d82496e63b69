package dev.torus.loop.trace;

import java.io.IOException;

/** Writes JSON (RFC 8259) as it goes; the caller opens and closes in pairs. */
final class JsonWriter {
    private final Appendable out;
    /** A value has been written at this level, so that a comma comes before the next. */
    private boolean follows;

    JsonWriter(Appendable out) {
        this.out = out;
    }

    JsonWriter beginObject() throws IOException {
        return open('{');
    }

    JsonWriter endObject() throws IOException {
        return close('}');
    }

    JsonWriter beginArray() throws IOException {
        return open('[');
    }

    JsonWriter endArray() throws IOException {
        return close(']');
    }

    private JsonWriter open(char bracket) throws IOException {
        comma();
        out.append(bracket);
        follows = false;
        return this;
    }

    private JsonWriter close(char bracket) throws IOException {
        out.append(bracket);
        follows = true;
        return this;
    }

    private void comma() throws IOException {
        if (follows) {
            out.append(',');
        }
        follows = true;
    }

    JsonWriter name(String name) throws IOException {
        value(name);
        out.append(':');
        follows = false;
        return this;
    }

    JsonWriter value(long number) throws IOException {
        comma();
        out.append(Long.toString(number));
        return this;
    }

    /** Nanoseconds as microseconds with three places. */
    JsonWriter micros(long nanos) throws IOException {
        comma();
        long magnitude = Math.abs(nanos);
        if (nanos < 0) {
            out.append('-');
        }
        out.append(Long.toString(magnitude / 1000)).append('.');
        String places = Long.toString(magnitude % 1000);
        out.append("000", places.length(), 3).append(places);
        return this;
    }

    /** A string; {@code <} and {@code >} are escaped, so that it may stand in HTML. */
    JsonWriter value(String text) throws IOException {
        comma();
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e || c == '<' || c == '>' || c == '&') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
        return this;
    }

    JsonWriter member(String name, long number) throws IOException {
        return name(name).value(number);
    }

    JsonWriter member(String name, String text) throws IOException {
        return name(name).value(text);
    }
}
