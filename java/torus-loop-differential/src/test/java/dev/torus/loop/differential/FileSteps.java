package dev.torus.loop.differential;

import java.util.List;
import java.util.random.RandomGenerator;

/** Steps with files: what is there, and so what comes of a step, depends on the steps before. {@code operations.js} does them. */
final class FileSteps {
    /** Operations, in the order of how often they are wanted; of an open file first. */
    private static final List<String> OPERATIONS = List.of(
            "open",
            "read",
            "write",
            "fstat",
            "close",
            "ftruncate",
            "stat",
            "mkdir",
            "rmdir",
            "unlink",
            "readdir",
            "rename",
            // of more than one request of the system
            "reads",
            "writes",
            "readFile",
            "writeFile",
            "appendFile");

    private static final int SINGLE = OPERATIONS.indexOf("reads");
    private static final int[] WEIGHTS = {6, 6, 6, 2, 3, 2, 1, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    private static final List<String> FLAGS = List.of("w+", "r", "r+", "w", "a", "a+", "wx", "wx+");
    private static final List<String> PATHS = List.of("f", "g", "d", "d/f", "missing/f", "f/x");
    private static final int VARIABLES = 2;

    private FileSteps() {}

    /**
     * The numbers of a step.
     *
     * @param alone one request of the system at a time: how many an operation makes is nobody's business
     */
    static List<Double> random(RandomGenerator random, boolean alone) {
        int operations = alone ? SINGLE : OPERATIONS.size();
        int all = 0;
        for (int i = 0; i < operations; i++) {
            all += WEIGHTS[i];
        }
        int drawn = random.nextInt(all);
        int operation = 0;
        while (drawn >= WEIGHTS[operation]) {
            drawn -= WEIGHTS[operation++];
        }
        boolean atOwnPosition = random.nextBoolean();
        return List.of(
                (double) operation,
                (double) random.nextInt(VARIABLES),
                (double) (random.nextInt(3) == 0 ? random.nextInt(PATHS.size()) : random.nextInt(2)),
                (double) random.nextInt(FLAGS.size()),
                (double) (1 + random.nextInt(9)),
                (double) (atOwnPosition ? 0 : 1 + random.nextInt(12)));
    }

    /** As {@code operations.js} takes it; the last number is a position in the file and one more, or 0 for the file's own. */
    static String text(Statement s) {
        String operation = OPERATIONS.get(s.integer(0));
        int variable = s.integer(1);
        String path = PATHS.get(s.integer(2));
        // Node takes nothing for an empty piece to the system
        int length = Math.max(1, s.integer(4));
        return operation
                + switch (operation) {
                    case "open" -> " " + path + " " + FLAGS.get(s.integer(3)) + " " + variable;
                    case "read", "write" -> " " + variable + " " + length + " " + (s.integer(5) - 1);
                    case "fstat", "close" -> " " + variable;
                    case "ftruncate" -> " " + variable + " " + length;
                    case "reads", "writes" -> " " + variable + " " + (1 + length % 4);
                    case "rename" -> " " + path + " " + PATHS.get(s.integer(3) % PATHS.size());
                    default -> " " + path;
                };
    }
}
