package org.stagedpipe.overseer;

import org.stagedpipe.transport.Endpoint;

/// Where an overseer serves, as the other ones see it; a line of text.
///
/// @param nodes where nodes and clients call
/// @param admin where operators call
/// @param repository the URL of the index
record Card(String name, Endpoint nodes, Endpoint admin, String repository) {

    private static final int PARTS = 4;

    /// @throws IllegalArgumentException if it is no card
    static Card parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length < PARTS) {
            throw new IllegalArgumentException(
                    "card \"" + text + "\" (expected: a name, two addresses and a URL)");
        }
        return new Card(parts[0], Endpoint.parse(parts[1]), Endpoint.parse(parts[2]), parts[3]);
    }

    @Override
    public String toString() {
        return name + " " + nodes + " " + admin + " " + repository;
    }
}
