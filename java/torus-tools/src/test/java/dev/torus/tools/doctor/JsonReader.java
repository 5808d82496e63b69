package dev.torus.tools.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A strict reader of JSON for tests; numbers are doubles. */
public final class JsonReader {
    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /** The value of a complete JSON text; throws IllegalArgumentException if it is none. */
    public static Object read(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.check(reader.at == text.length());
        return value;
    }

    private Object value() {
        char c = peek();
        if (c == '{') {
            return object();
        }
        if (c == '[') {
            return array();
        }
        if (c == '"') {
            return string();
        }
        for (Object word : new Object[] {true, false, "null"}) {
            if (text.startsWith(word.toString(), at)) {
                at += word.toString().length();
                return word.equals("null") ? null : word;
            }
        }
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return Double.valueOf(text.substring(from, at));
    }

    private Map<String, Object> object() {
        Map<String, Object> map = new LinkedHashMap<>();
        take('{');
        while (peek() != '}') {
            if (!map.isEmpty()) {
                take(',');
            }
            String key = string();
            take(':');
            check(!map.containsKey(key));
            map.put(key, value());
        }
        take('}');
        return map;
    }

    private List<Object> array() {
        List<Object> list = new ArrayList<>();
        take('[');
        while (peek() != ']') {
            if (!list.isEmpty()) {
                take(',');
            }
            list.add(value());
        }
        take(']');
        return list;
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        take('"');
        while (peek() != '"') {
            char c = text.charAt(at++);
            check(c >= 0x20);
            if (c == '\\') {
                c = text.charAt(at++);
                int simple = "nrtbf\"\\/".indexOf(c);
                if (simple >= 0) {
                    c = "\n\r\t\b\f\"\\/".charAt(simple);
                } else {
                    check(c == 'u');
                    c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                    at += 4;
                }
            }
            out.append(c);
        }
        take('"');
        return out.toString();
    }

    private char peek() {
        check(at < text.length());
        return text.charAt(at);
    }

    private void take(char expected) {
        check(peek() == expected);
        at++;
    }

    private void check(boolean fine) {
        if (!fine) {
            throw new IllegalArgumentException("not JSON at " + at + ": " + text);
        }
    }
}
