package org.stagedpipe.engine;

/// How many pipelines there may be; the same number twice for a fixed one.
///
/// @param least at least 1
/// @param most at least as many
record Scale(int least, int most) {

    Scale {
        if (least < 1) {
            throw new IllegalArgumentException("parallelism: " + least + " (expected: >= 1)");
        }
        if (most < least) {
            throw new IllegalArgumentException(
                    "most pipelines: " + most + " (expected: >= " + least + ")");
        }
    }

    boolean isFixed() {
        return least == most;
    }
}
