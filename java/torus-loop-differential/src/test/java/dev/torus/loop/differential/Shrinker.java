package dev.torus.loop.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a program that fails as small as it can while it still fails: leaves out statements with all in them, puts bodies in place of
 * their statements, lowers numbers; over again until nothing more can go. A statement is named by its place in the order of the text.
 */
final class Shrinker {
    private final Predicate<List<Statement>> fails;
    private int triesLeft;
    private List<Statement> smallest;

    Shrinker(Predicate<List<Statement>> fails, int tries) {
        this.fails = fails;
        this.triesLeft = tries;
    }

    List<Statement> shrink(List<Statement> failing) {
        smallest = failing;
        boolean smaller;
        do {
            smaller = leaveOut();
            smaller |= unfold();
            smaller |= lowerNumbers();
        } while (smaller && triesLeft > 0);
        return smallest;
    }

    private boolean accept(List<Statement> candidate) {
        if (triesLeft-- <= 0 || !fails.test(candidate)) {
            return false;
        }
        smallest = candidate;
        return true;
    }

    private boolean leaveOut() {
        boolean any = false;
        for (int place = 0; place < Statement.count(smallest); ) {
            if (accept(replaced(smallest, place, statement -> List.of()))) {
                any = true;
            } else {
                place++;
            }
        }
        return any;
    }

    private boolean unfold() {
        boolean any = false;
        for (int place = 0; place < Statement.count(smallest); place++) {
            if (at(smallest, place).hasSteps()) {
                continue;
            }
            any |= accept(replaced(
                    smallest,
                    place,
                    statement ->
                            statement.bodies().stream().flatMap(List::stream).toList()));
        }
        return any;
    }

    private boolean lowerNumbers() {
        boolean any = false;
        for (int place = 0; place < Statement.count(smallest); place++) {
            for (int number = 0; number < at(smallest, place).numbers().size(); number++) {
                double value = at(smallest, place).number(number);
                for (double lower : new double[] {0, 1, Math.floor(value / 2), value - 1}) {
                    if (lower >= 0 && lower < value) {
                        int index = number;
                        boolean accepted = accept(
                                replaced(smallest, place, statement -> List.of(statement.withNumber(index, lower))));
                        any |= accepted;
                        if (accepted) {
                            break;
                        }
                    }
                }
            }
        }
        return any;
    }

    private static Statement at(List<Statement> program, int place) {
        Statement[] found = new Statement[1];
        replaced(program, place, statement -> {
            found[0] = statement;
            return List.of(statement);
        });
        return found[0];
    }

    private interface Change {
        List<Statement> of(Statement statement);
    }

    private static List<Statement> replaced(List<Statement> program, int place, Change change) {
        int[] left = {place};
        return replaced(program, left, change);
    }

    private static List<Statement> replaced(List<Statement> list, int[] left, Change change) {
        List<Statement> made = new ArrayList<>();
        for (Statement statement : list) {
            if (left[0]-- == 0) {
                made.addAll(change.of(statement));
                continue;
            }
            Statement rebuilt = statement;
            for (int body = 0; body < statement.bodies().size() && left[0] >= 0; body++) {
                rebuilt = rebuilt.withBody(body, replaced(statement.body(body), left, change));
            }
            made.add(rebuilt);
        }
        return made;
    }
}
