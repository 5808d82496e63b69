package dev.torus.tools;

import dev.torus.tools.doctor.Doctor;
import dev.torus.tools.doctor.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code torus doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "What this machine offers: backends with reasons, limits, versions.")
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        Map<String, Object> report = new Doctor().examine();
        if (json) {
            System.out.println(Json.write(report));
        } else {
            print(report, "");
        }
        return Boolean.TRUE.equals(report.get("healthy")) ? 0 : Torus.FAILED;
    }

    @SuppressWarnings("unchecked")
    private static void print(Map<String, Object> report, String indent) {
        report.forEach((name, value) -> {
            if (value instanceof Map<?, ?> map) {
                System.out.println(indent + name);
                print((Map<String, Object>) map, indent + "  ");
            } else if (value instanceof List<?> list) {
                System.out.println(indent + name);
                for (Object element : list) {
                    printElement((Map<String, Object>) element, indent + "  ");
                }
            } else {
                System.out.println(indent + name + ": " + (value == null ? "unknown" : value));
            }
        });
    }

    private static void printElement(Map<String, Object> element, String indent) {
        StringBuilder line = new StringBuilder(indent);
        element.forEach((name, value) -> {
            if (value != null) {
                line.append(line.length() > indent.length() ? ", " : "");
                line.append(name.equals("name") ? value : name + ": " + value);
            }
        });
        System.out.println(line);
    }
}
