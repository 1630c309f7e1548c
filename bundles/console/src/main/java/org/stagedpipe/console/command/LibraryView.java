package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.LibraryEntry;

import java.util.List;

/// A library, as programs read it.
record LibraryView(String name, String version, String sha256, long size) {

    static LibraryView of(Library library) {
        return new LibraryView(
                library.getSymbolicName(),
                library.getVersion(),
                Values.hex(library.getSha256()),
                library.getSize());
    }

    /// The same with its history.
    record EntryView(
            String name,
            String version,
            String sha256,
            long size,
            String published,
            String file,
            String operator,
            List<String> usedBy,
            boolean signed) {

        static EntryView of(LibraryEntry entry) {
            return new EntryView(
                    entry.getLibrary().getSymbolicName(),
                    entry.getLibrary().getVersion(),
                    Values.hex(entry.getLibrary().getSha256()),
                    entry.getLibrary().getSize(),
                    Values.orEmpty(Values.time(entry.getPublishedMs())),
                    entry.getFile(),
                    entry.getOperator(),
                    entry.getUsedByList().stream()
                            .map(plugin -> plugin.getName() + " " + plugin.getVersion())
                            .toList(),
                    entry.getSigned());
        }
    }
}
