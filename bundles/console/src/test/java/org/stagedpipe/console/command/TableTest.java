package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.RolloutEntry;

/// What others named themselves, in an operator's terminal.
class TableTest {

    @Test
    void showsNoControlCharacters() {
        assertEquals(
                "NAME   TEXT\nw?[2J  a?b?c?\n",
                new Table("NAME", "TEXT").row("w\u001b[2J", "a\rb\nc\u202e").text(false));
        assertEquals("GROUP  ?[1m\n", new Table("GROUP", "\u001b[1m").text(false));
        String letters = "Gr\u00fc\u00dfe \u65e5\u672c";
        assertEquals(letters + "\n", new Table(letters).text(false));
    }

    @Test
    void aRolloutIsOneLine() {
        RolloutEntry rollout =
                RolloutEntry.newBuilder()
                        .setId("r1")
                        .setTo(PluginVersion.newBuilder().setName("p").setVersion("1.0.0"))
                        .setState("done")
                        .setText("no\nway\u001b]0;x\u0007")
                        .build();
        assertEquals("rollout r1 of p 1.0.0: done, no?way?]0;x?", RolloutView.of(rollout).line());
    }
}
