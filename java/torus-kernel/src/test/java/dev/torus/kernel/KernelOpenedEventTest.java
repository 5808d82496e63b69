package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks 7 and 11 of users: which backend is in use can be seen from outside, and why. */
class KernelOpenedEventTest {
    @Test
    void aRecordingTellsTheBackendAndWhyNotAnother(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("opened.jfr");
        String explanation;
        try (Recording recording = new Recording()) {
            recording.enable("torus.KernelOpened");
            recording.start();
            try (IoKernel kernel =
                    IoKernel.open(KernelOptions.builder().backend("nio").build())) {
                explanation = kernel.explanation().toString();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(Files.size(file)).isPositive();
        assertThat(events).hasSize(1);
        RecordedEvent event = events.get(0);
        assertThat(event.getEventType().getName()).isEqualTo("torus.KernelOpened");
        assertThat(event.getString("backend")).isEqualTo("nio");
        assertThat(event.getString("decidedBy")).isNotBlank();
        assertThat(event.getString("explanation")).isEqualTo(explanation).contains("nio");
    }
}
