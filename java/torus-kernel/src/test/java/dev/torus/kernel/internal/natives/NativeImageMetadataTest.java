package dev.torus.kernel.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What GraalVM's native-image is told (META-INF/native-image): everything that the C side looks up by name, and the libraries. Java's
 * natives and the tables of RegisterNatives are compared too, since loading only finds functions that Java lacks.
 */
class NativeImageMetadataTest {
    private static final String FOLDER = "/META-INF/native-image/dev.torus/torus-kernel/";

    /** An entry of a JNINativeMethod table: name and signature. */
    private static final Pattern TABLE_ENTRY =
            Pattern.compile("\\{\\s*\"(\\w+)\",\\s*\"(\\([^\"]*\\)[^\"]+)\",\\s*\\(void \\*\\)");

    @ParameterizedTest
    @ValueSource(strings = {"jni-config.json", "reachability-metadata.json"})
    void everyNativeMethodIsKnownToJni(String file) throws IOException {
        String metadata = read(file);
        assertThat(metadata).contains('"' + NativeBinding.class.getName() + '"');
        for (Method method : natives()) {
            assertThat(metadata).contains(entry(method));
        }
        assertThat(count(metadata, "\"parameterTypes\""))
                .as("the natives and System.getProperty, nothing that is gone")
                .isEqualTo(natives().size() + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jni-config.json", "reachability-metadata.json"})
    void thePropertyThatTheLibraryReadsIsKnownToJni(String file) throws IOException {
        assertThat(read(file))
                .contains("\"java.lang.System\"")
                .contains("{\"name\":\"getProperty\",\"parameterTypes\":[\"java.lang.String\"]}");
    }

    @Test
    void theLibrariesAreResources() throws IOException {
        assertThat(read("reachability-metadata.json")).contains("\"glob\":\"META-INF/native/**\"");
        Matcher pattern = Pattern.compile("\"pattern\":\"([^\"]*)\"").matcher(read("resource-config.json"));
        assertThat(pattern.find()).isTrue();
        assertThat(NativePlatform.current().resource()).matches(pattern.group(1).replace("\\\\", "\\"));
    }

    @Test
    void javaAndCHaveTheSameNatives() throws IOException {
        Path folder = Path.of("../../native/src/jni");
        assumeTrue(Files.isDirectory(folder), "the C sources are not here");
        try (Stream<Path> files = Files.list(folder)) {
            Set<String> tables = files.filter(file -> file.toString().endsWith(".c"))
                    .flatMap(NativeImageMetadataTest::tableEntries)
                    .collect(Collectors.toSet());
            assertThat(tables)
                    .containsExactlyInAnyOrderElementsOf(natives().stream()
                            .map(method -> method.getName() + signature(method))
                            .toList());
        }
    }

    private static Stream<String> tableEntries(Path file) {
        try {
            return TABLE_ENTRY
                    .matcher(joined(Files.readString(file)))
                    .results()
                    .map(match -> match.group(1) + match.group(2))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** String literals beside each other made one, BUFFER among them. */
    private static String joined(String c) {
        return c.replaceAll("\\bBUFFER\\b", "\"Ljava/nio/ByteBuffer;\"").replaceAll("\"\\s*\"", "");
    }

    private static List<Method> natives() {
        return Arrays.stream(NativeBinding.class.getDeclaredMethods())
                .filter(method -> Modifier.isNative(method.getModifiers()))
                .toList();
    }

    private static String entry(Method method) {
        return "{\"name\":\"" + method.getName() + "\",\"parameterTypes\":["
                + Arrays.stream(method.getParameterTypes())
                        .map(type -> '"' + type.getTypeName() + '"')
                        .collect(Collectors.joining(","))
                + "]}";
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::descriptorString)
                .collect(
                        Collectors.joining("", "(", ")" + method.getReturnType().descriptorString()));
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /** A metadata file without white space. */
    private static String read(String name) throws IOException {
        try (var in = NativeBinding.class.getResourceAsStream(FOLDER + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\\s", "");
        }
    }
}
