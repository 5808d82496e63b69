package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts a program by the JDK, which blocks while the program is loaded. */
final class ChildLauncher {
    private static final boolean WINDOWS = File.separatorChar == '\\';
    private static final File NOTHING = new File(WINDOWS ? "NUL" : "/dev/null");
    /** The JDK tells the system's error in its message only: "error=2", since Java 25 "error: 2". */
    private static final Pattern ERROR = Pattern.compile("error(?:=|: )(\\d+)");

    private static final int FILE_NOT_FOUND = 2;
    private static final int PATH_NOT_FOUND = 3;
    private static final int ACCESS_DENIED = 5;
    private static final int WINDOWS_CODES = 0x10000;

    private ChildLauncher() {}

    /** Starts it; what fails names the program, or the folder that is not there. */
    static Process start(List<String> command, SpawnOptions options) throws TorusIoException {
        Path folder = options.folder();
        if (folder != null && !Files.isDirectory(folder)) {
            Errno errno = Files.exists(folder) ? Errno.ENOTDIR : Errno.ENOENT;
            throw TorusIoException.of("spawn " + command.get(0) + " in", folder.toString(), errno.result());
        }
        try {
            return builder(command, options).start();
        } catch (IOException e) {
            TorusIoException failure = TorusIoException.of("spawn", command.get(0), result(e.getMessage()));
            failure.initCause(e);
            throw failure;
        }
    }

    private static ProcessBuilder builder(List<String> command, SpawnOptions options) {
        ProcessBuilder builder = new ProcessBuilder(command);
        if (options.folder() != null) {
            builder.directory(options.folder().toFile());
        }
        if (options.environment() != null) {
            builder.environment().clear();
            builder.environment().putAll(options.environment());
        }
        builder.redirectInput(
                switch (options.input()) {
                    case PIPE -> ProcessBuilder.Redirect.PIPE;
                    case INHERIT -> ProcessBuilder.Redirect.INHERIT;
                    case IGNORE -> ProcessBuilder.Redirect.from(NOTHING);
                });
        return builder.redirectOutput(destination(options.output())).redirectError(destination(options.error()));
    }

    private static ProcessBuilder.Redirect destination(SpawnOptions.Stdio stdio) {
        return switch (stdio) {
            case PIPE -> ProcessBuilder.Redirect.PIPE;
            case INHERIT -> ProcessBuilder.Redirect.INHERIT;
            case IGNORE -> ProcessBuilder.Redirect.DISCARD;
        };
    }

    private static long result(String message) {
        Matcher matcher = ERROR.matcher(String.valueOf(message));
        if (!matcher.find()) {
            return Errno.EINVAL.result();
        }
        int code = Integer.parseInt(matcher.group(1));
        if (!WINDOWS) {
            return -code;
        }
        return switch (code) {
            case FILE_NOT_FOUND, PATH_NOT_FOUND -> Errno.ENOENT.result();
            case ACCESS_DENIED -> Errno.EACCES.result();
            default -> -(WINDOWS_CODES + code);
        };
    }
}
