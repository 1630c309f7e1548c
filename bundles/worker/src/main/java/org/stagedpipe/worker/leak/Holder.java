package org.stagedpipe.worker.leak;

import java.util.Locale;

/// What keeps a class loader in memory.
///
/// @param kind of it
/// @param text for people, naming it
public record Holder(Kind kind, String text) {

    /// Where to look for the mistake.
    public enum Kind {
        /// A thread that has not ended, or has the loader as its context.
        THREAD,
        /// A thread's value of a ThreadLocal.
        THREAD_LOCAL,
        /// A service that is still registered, or whose object the framework still has.
        SERVICE,
        /// A static of another bundle's or the JDK's class.
        STATIC,
        /// Nothing but a soft reference, until memory is short or nobody has used it for long.
        SOFT_REFERENCE,
        /// Something else, native code say.
        OTHER
    }

    /// The same of what is held by way of a soft reference.
    Holder softly() {
        return new Holder(Kind.SOFT_REFERENCE, text);
    }

    /// `thread local: a ThreadLocal of thread "x" ...`
    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + text;
    }
}
