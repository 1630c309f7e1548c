package org.stagedpipe.console.command;

import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How to reach the overseer's console by ssh.
///
/// @param ssh where it serves
/// @param identity the private key to prove oneself with
/// @param hostKey the public key that the console must have
public record ShellAccess(Endpoint ssh, Path identity, Path hostKey) {

    /// The folder in an overseer's data folder that has what the console keeps.
    public static final String FOLDER = "console";

    /// The file in it with the private key of the local operator.
    public static final String OPERATOR_KEY = "operator_key";

    /// The file in it with the private key of the console; its public half stands in the file with `.pub` behind the name.
    public static final String HOST_KEY = "host_key";

    /// The file in it with the address of the ssh port, `host:port` in one line; there while the port is open.
    public static final String ADDRESS = "address";

    /// As the overseer with that data folder offers it to whoever may read the folder.
    ///
    /// @throws IOException if it offers nothing; the text says which file is missing
    public static ShellAccess of(Path overseerData) throws IOException {
        Path folder = overseerData.resolve(FOLDER);
        return new ShellAccess(
                address(folder), folder.resolve(OPERATOR_KEY), folder.resolve(HOST_KEY + ".pub"));
    }

    /// The address in that folder.
    ///
    /// @throws IOException if there is none
    public static Endpoint address(Path folder) throws IOException {
        Path file = folder.resolve(ADDRESS);
        if (!Files.exists(file)) {
            throw new IOException(
                    file + ": does not exist (expected: the data folder of a running overseer)");
        }
        try {
            return Endpoint.parse(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
