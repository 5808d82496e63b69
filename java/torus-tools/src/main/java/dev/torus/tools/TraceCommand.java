package dev.torus.tools;

import dev.torus.examples.SeedProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code torus trace}. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program that uses the loop and records what the loop does: turns, phases, callbacks, operations, pool threads, system "
                    + "calls. Leaves trace.html, a timeline for a browser, and trace.json, which Perfetto (ui.perfetto.dev) shows; a second "
                    + "loop's are trace-2.html and trace-2.json, and so on.",
            "The same for a program that is started otherwise: java -Dtorus.trace=FOLDER."
        })
final class TraceCommand implements Callable<Integer> {
    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "torus-trace",
            description = "Where the files go; default ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "Backend of the program's loops, unless it names one itself.")
    private String backend;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "65536",
            description = "How many records to keep of each loop, the newest; default ${DEFAULT-VALUE}.")
    private int records;

    @Option(
            names = {"-cp", "--class-path"},
            paramLabel = "PATH",
            description = "Where else to look for the program's classes.")
    private String classPath;

    @Parameters(
            index = "0",
            paramLabel = "PROGRAM",
            description = "\"seed\", or the name of a class with a main method.")
    private String program;

    @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "Arguments of the program.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws Exception {
        if (records < 1 || records > 1 << 24) {
            throw new IllegalArgumentException("--records " + records + " is not within 1 to " + (1 << 24));
        }
        Files.createDirectories(folder);
        removeOldTraces();
        int code = new ProcessBuilder(command()).inheritIO().start().waitFor();
        List<Path> written = traces(".html");
        if (written.isEmpty()) {
            throw new IOException(
                    program + " has left no trace in " + folder + ": it ran no loop (exit code " + code + ")");
        }
        System.out.println();
        for (Path page : written) {
            System.out.println("timeline " + page.toUri());
            System.out.println("Perfetto " + page.toString().replaceFirst("html$", "json"));
        }
        return code;
    }

    /** What an earlier run left would be taken for this one's. */
    private void removeOldTraces() throws IOException {
        for (String ending : new String[] {".html", ".json"}) {
            for (Path old : traces(ending)) {
                Files.delete(old);
            }
        }
    }

    private List<Path> traces(String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder.toAbsolutePath())) {
            return files.filter(file -> file.getFileName().toString().matches("trace(-\\d+)?\\" + ending))
                    .sorted()
                    .toList();
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-Dtorus.trace=" + folder.toAbsolutePath());
        command.add("-Dtorus.trace.records=" + records);
        if (backend != null) {
            command.add("-Dtorus.backend=" + backend);
        }
        String modulePath = System.getProperty("jdk.module.path");
        if (modulePath != null) {
            command.add("--module-path=" + modulePath);
            command.add("--add-modules=ALL-MODULE-PATH");
        }
        String own = System.getProperty("java.class.path", "");
        String whole = classPath == null ? own : own.isEmpty() ? classPath : own + File.pathSeparator + classPath;
        if (!whole.isEmpty()) {
            command.addAll(List.of("-cp", whole));
        }
        command.add(program.equals("seed") ? SeedProgram.class.getName() : program);
        command.addAll(arguments);
        return command;
    }
}
