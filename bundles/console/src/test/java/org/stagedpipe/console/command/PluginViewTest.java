package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishedVersion;

import java.util.List;

class PluginViewTest {

    /// The overseer names each once for all versions.
    @Test
    void eachVersionHasItsLibraries() {
        PluginEntry plugin =
                PluginEntry.newBuilder()
                        .addLibraries(library("net"))
                        .addLibraries(library("csv"))
                        .addVersions(PublishedVersion.newBuilder().addLibraries(1).addLibraries(0))
                        .addVersions(PublishedVersion.newBuilder().addLibraries(1))
                        .addVersions(PublishedVersion.newBuilder())
                        .build();
        assertEquals(
                List.of(List.of("csv", "net"), List.of("csv"), List.of()),
                PluginView.of(plugin).versions().stream()
                        .map(version ->
                                version.libraries().stream().map(LibraryView::name).toList())
                        .toList());
    }

    private static Library library(String name) {
        return Library.newBuilder()
                .setSymbolicName(name)
                .setVersion("1.0.0")
                .setSha256(ByteString.copyFrom(new byte[32]))
                .build();
    }
}
