package dev.torus.tck.faults;

/** Ways to break the contract; each must be caught by a test of the rule it breaks. */
enum Fault {
    /** The good backend: everything must pass. */
    NONE("", "Completions"),
    /** Now and then a completion comes twice in place of another. */
    DUPLICATE_COMPLETION("B01", "Completions"),
    /** The last completion of a multishot claims that more follow. */
    ENDLESS_MULTISHOT("B01", "Completions"),
    /** A send stops half-way although all of it was asked for. */
    SHORT_SEND("B03", "Sends"),
    /** Now and then a receive reports the end of the stream although data came. */
    EARLY_END_OF_STREAM("B04", "Receives"),
    /** A cancel answers 0 and does nothing. */
    IGNORED_CANCEL("B06", "Cancels"),
    /** A peer that has gone is an unspecific error. */
    UNSPECIFIC_ERROR("B10", "Sends"),
    /** A receive that finds no buffer reports the end of the stream. */
    HIDDEN_ENOBUFS("B11", "ProvidedBuffers"),
    /** Waits end too early. */
    SHORT_WAIT("B12", "Enters"),
    /** Every third wake-up is lost. */
    LOST_WAKEUP("B13", "Wakeups"),
    /** Descriptors are not closed. */
    IGNORED_CLOSE("B00", "Connections");

    /** The rule whose tests must fail, at least. */
    final String rule;
    /** The nested class of {@link dev.torus.tck.BackendConformance} with those tests. */
    final String suite;

    Fault(String rule, String suite) {
        this.rule = rule;
        this.suite = suite;
    }
}
