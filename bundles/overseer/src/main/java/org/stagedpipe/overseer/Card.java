package org.stagedpipe.overseer;

import org.stagedpipe.transport.Endpoint;

/// Where an overseer serves, as the other ones see it; a line of text.
///
/// @param nodes where nodes and clients call
/// @param admin where operators call
/// @param repository the URL of the index
record Card(String name, Endpoint nodes, Endpoint admin, String repository, Process process) {

    private static final int PARTS = 4;
    private static final int PARTS_WITH_PROCESS = 7;

    /// What serves there, for people.
    ///
    /// @param version of its software, without spaces
    /// @param startedMs since 1970, UTC
    record Process(String version, long pid, long startedMs) {

        /// Of an overseer of before 2026-11-30, which does not say it.
        static final Process UNKNOWN = new Process("", 0, 0);
    }

    /// One that does not say what serves there.
    Card(String name, Endpoint nodes, Endpoint admin, String repository) {
        this(name, nodes, admin, repository, Process.UNKNOWN);
    }

    /// @throws IllegalArgumentException if it is no card
    static Card parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length < PARTS) {
            throw new IllegalArgumentException(
                    "card \"" + text + "\" (expected: a name, two addresses and a URL)");
        }
        return new Card(
                parts[0],
                Endpoint.parse(parts[1]),
                Endpoint.parse(parts[2]),
                parts[3],
                parts.length < PARTS_WITH_PROCESS
                        ? Process.UNKNOWN
                        : new Process(
                                parts[4], Long.parseLong(parts[5]), Long.parseLong(parts[6])));
    }

    @Override
    public String toString() {
        String places = name + " " + nodes + " " + admin + " " + repository;
        return process.equals(Process.UNKNOWN)
                ? places
                : places
                        + " "
                        + process.version().replace(' ', '_')
                        + " "
                        + process.pid()
                        + " "
                        + process.startedMs();
    }
}
