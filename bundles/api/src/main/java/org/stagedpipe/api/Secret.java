package org.stagedpipe.api;

import java.util.Objects;

/// A text that shows nothing of itself: a password, a key. The type for what a plugin's configuration has of that kind.
///
/// In a JSON configuration it is a text, or `{"$secret": "NAME"}`: then each worker reads it from its own folder of the plugin's secrets, and the client
/// needs not know it. What a worker says of the group, to the client and in its log, has `(secret)` in its place; what a plugin
/// itself logs, writes, or answers as a result does not. It is neither serializable nor written as JSON.
public final class Secret {

    private final String text;

    private Secret(String text) {
        this.text = Objects.requireNonNull(text, "text");
    }

    /// That text as a secret, in tests and for codecs of a plugin's own.
    public static Secret of(String text) {
        return new Secret(text);
    }

    /// The text, for whoever it is made for.
    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /// Always `secret`.
    @Override
    public String toString() {
        return "secret";
    }
}
