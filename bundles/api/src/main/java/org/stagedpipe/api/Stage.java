package org.stagedpipe.api;

import java.util.Objects;

/// A named step of a state machine. Its identity is the object: make each stage once, in a field.
///
/// A stage is run by many threads at once, each with a request of its own.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public final class Stage<D, R> {

    private static final Stage<Object, Object> END = new Stage<>("end", request -> end());

    private static final int MOST_NAME_CHARS = 256;

    private final String name;
    private final StageFunction<D, R> function;

    private Stage(String name, StageFunction<D, R> function) {
        this.name = name;
        this.function = function;
    }

    /// A stage of that name.
    ///
    /// @throws IllegalArgumentException if the name is blank or has more than 256 characters: it stands in faults and in figures
    public static <D, R> Stage<D, R> of(String name, StageFunction<D, R> function) {
        if (name.isBlank()) {
            throw new IllegalArgumentException(
                    "stage name: \"" + name + "\" (expected: not blank)");
        }
        if (name.length() > MOST_NAME_CHARS) {
            throw new IllegalArgumentException(
                    "stage name: \""
                            + name.substring(0, MOST_NAME_CHARS)
                            + "...\", "
                            + name.length()
                            + " characters (expected: at most "
                            + MOST_NAME_CHARS
                            + ")");
        }
        return new Stage<>(name, Objects.requireNonNull(function, "function"));
    }

    /// The answer of a stage after which the request leaves the pipeline. The same object always.
    @SuppressWarnings("unchecked") // it never looks at a request
    public static <D, R> Stage<D, R> end() {
        return (Stage<D, R>) END;
    }

    /// Whether this is [#end()].
    public boolean isEnd() {
        return this == (Object) END;
    }

    /// The name that faults, statistics and traces show.
    public String name() {
        return name;
    }

    /// What this stage does.
    public StageFunction<D, R> function() {
        return function;
    }

    @Override
    public String toString() {
        return name;
    }
}
