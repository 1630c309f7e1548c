package ${package};

import java.util.List;

/// One item: `{"name":"Ada"}` comes in, `{"name":"Ada","words":["Hello","Ada"]}` goes out.
///
/// @param name who is greeted
/// @param words what the stages made
public record Greeting(String name, List<String> words) {

    public Greeting {
        words = words == null ? List.of() : List.copyOf(words);
    }

    /// An item as clients send it.
    public static Greeting of(String name) {
        return new Greeting(name, List.of());
    }

    Greeting with(List<String> words) {
        return new Greeting(name, words);
    }
}
