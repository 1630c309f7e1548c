package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.testkit.PluginTestkit;

import java.util.List;

/// Runs the plugin on the real engine, without a container.
class GreeterTest {

    @Test
    void greets() throws Exception {
        try (var group = PluginTestkit.open(new Greeter(), new GreeterConfig("Hello"))) {
            assertEquals(
                    new Outcome.Ok<>(0, new Greeting("Ada", List.of("Hello", "Ada"))),
                    group.run(Greeting.of("Ada")));
        }
    }

    @Test
    void failsTheItemWithoutAName() throws Exception {
        try (var group = PluginTestkit.open(new Greeter(), new GreeterConfig("Hello"))) {
            Outcome.Failed<?> failed =
                    assertInstanceOf(Outcome.Failed.class, group.run(Greeting.of(" ")));
            assertEquals("check", failed.fault().stage());
            assertEquals("name: missing (expected: someone to greet)", failed.fault().text());
        }
    }

    @Test
    void refusesAConfigurationWithoutASalutation() {
        assertThrows(IllegalArgumentException.class, () -> new GreeterConfig(""));
    }
}
