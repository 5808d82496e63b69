package dev.torus.tools;

import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.tools.server.EchoServer;
import dev.torus.tools.server.ServerGroup;
import dev.torus.tools.server.ServerOptions;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code torus echo}, {@code http}, {@code doctor}, {@code demo}, {@code trace}. */
@Command(
        name = "torus",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            Torus.Echo.class,
            HttpCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            TraceCommand.class,
            LoopEchoCommand.class
        },
        description = "Completion-based I/O for the JVM: servers to try it, and what this machine offers it.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it ended by itself, or its work is done",
            "1:it failed; the reason is on standard error",
            "2:wrong usage, or the backend asked for cannot be used here",
            "143:ended by SIGTERM, cleanly"
        })
public final class Torus implements Runnable {
    static final int FAILED = 1;
    static final int UNUSABLE = 2;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Runs and exits the process. */
    public static void main(String... arguments) {
        System.exit(run(arguments));
    }

    /** Runs; the exit code. */
    public static int run(String... arguments) {
        CommandLine line = new CommandLine(new Torus());
        // what follows the program's name is the program's
        line.getSubcommands().get("trace").setStopAtPositional(true);
        return line.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command))
                .execute(arguments);
    }

    private static int report(Exception failure, CommandLine command) throws Exception {
        if (failure instanceof BackendUnavailableException || failure instanceof IllegalArgumentException) {
            command.getErr().println("torus: " + failure.getMessage());
            return UNUSABLE;
        }
        if (failure instanceof IOException) {
            command.getErr().println("torus: " + failure.getMessage());
            return FAILED;
        }
        throw failure;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Say what to do: one of the commands below.");
    }

    /** {@code torus echo}. */
    @Command(
            name = "echo",
            mixinStandardHelpOptions = true,
            description = "A TCP server that sends back what it receives.")
    static final class Echo extends ServerCommand {
        @Override
        ServerGroup start(ServerOptions options) throws IOException {
            return ServerGroup.start(
                    options, (kernel, chosen) -> new EchoServer(kernel, chosen.buffers(), chosen.bufferBytes()));
        }
    }
}
