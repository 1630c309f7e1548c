package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Fault;

/// A line is no item of its group, which goes on.
final class RefusedLineException extends Exception {

    private static final long serialVersionUID = 1;

    /// @param text what is wrong with it, without its number
    RefusedLineException(String text) {
        super(text);
    }

    /// @param line its number, from 1
    Fault fault(long line) {
        return new Fault(Fault.Kind.BAD_DATA, null, 0, "line " + line + ": " + getMessage(), false);
    }
}
