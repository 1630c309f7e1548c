package org.stagedpipe.engine;

/// Throws what a signature does not allow, as code that was not compiled by `javac` may.
final class Sneaky {

    private Sneaky() {}

    /// Does not return.
    static RuntimeException thrown(Throwable error) {
        return Sneaky.<RuntimeException>rethrow(error);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the cast checks nothing
    private static <E extends Throwable> E rethrow(Throwable error) throws E {
        throw (E) error;
    }
}
