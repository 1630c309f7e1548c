package org.stagedpipe.console.shell;

import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;

/// What the console keeps, in a folder that only the owner of the process may read: its own key, the key of the local
/// operator, whose keys may come in, the history, and where it serves.
final class ConsoleFolder {

    private static final String OWNER_ONLY = "rwx------";

    private final Path folder;
    private final KeyPair hostKey;

    private ConsoleFolder(Path folder, KeyPair hostKey) {
        this.folder = folder;
        this.hostKey = hostKey;
    }

    /// Makes what is missing of it.
    ///
    /// @throws IOException if it cannot be used; the text names the file
    static ConsoleFolder in(Path data) throws IOException {
        Path folder = data.resolve(ShellAccess.FOLDER);
        Files.createDirectories(data);
        var ownerOnly = PosixFilePermissions.fromString(OWNER_ONLY);
        if (Files.exists(folder)) {
            Files.setPosixFilePermissions(folder, ownerOnly);
        } else {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(ownerOnly));
        }
        Path authorized = folder.resolve("authorized_keys");
        boolean first = !Files.exists(authorized);
        KeyFile operator = new KeyFile(folder.resolve(ShellAccess.OPERATOR_KEY), "operator");
        if (first) {
            operator.read(); // made if it is missing
            Files.copy(operator.publicFile(), authorized);
        }
        KeyFile host = new KeyFile(folder.resolve(ShellAccess.HOST_KEY), "overseer");
        return new ConsoleFolder(folder, host.read());
    }

    /// What the console proves with who it is.
    KeyPair hostKey() {
        return hostKey;
    }

    /// The public keys of who may come in, a line each as OpenSSH writes them. Read again when it changes.
    Path authorizedKeys() {
        return folder.resolve("authorized_keys");
    }

    /// What was typed.
    Path history() {
        return folder.resolve("history");
    }

    /// Tells programs of this machine where the console serves.
    void announce(Endpoint ssh) throws IOException {
        Path written = Files.writeString(folder.resolve("address.new"), ssh + "\n");
        Files.move(
                written, // whole or not at all, whoever reads it
                folder.resolve(ShellAccess.ADDRESS),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /// Takes that back.
    void withdraw() {
        try {
            Files.deleteIfExists(folder.resolve(ShellAccess.ADDRESS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
