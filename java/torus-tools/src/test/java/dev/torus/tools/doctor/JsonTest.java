package dev.torus.tools.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void writesEveryKindOfValue() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a\"b\\c\n\t\u0001é\ud83d\ude00");
        map.put("numbers", List.of(1, 2.5, -3L, Double.NaN));
        map.put("nothing", null);
        map.put("yes", true);
        map.put("empty", Map.of());
        map.put("none", List.of());
        assertThat(Json.write(map))
                .isEqualTo("{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001é\\ud83d\\ude00\",\"numbers\":[1,2.5,-3,null],"
                        + "\"nothing\":null,\"yes\":true,\"empty\":{},\"none\":[]}");
    }

    @Test
    void theReaderOfTheTestsReadsItBack() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a\"b\\c\n\u0001é");
        map.put("list", List.of(Map.of("k", "v"), List.of()));
        map.put("nothing", null);
        assertThat(JsonReader.read(Json.write(map))).isEqualTo(map);
    }
}
