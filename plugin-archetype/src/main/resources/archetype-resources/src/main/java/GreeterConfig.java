package ${package};

/// What a client opens a request group with: `{"salutation":"Hello"}`.
///
/// @param salutation the first word of every greeting
public record GreeterConfig(String salutation) {

    /// The text of what is thrown here reaches the client.
    public GreeterConfig {
        if (salutation == null || salutation.isBlank()) {
            throw new IllegalArgumentException("salutation: missing (expected: a word)");
        }
    }
}
