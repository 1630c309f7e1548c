package org.stagedpipe.worker.secret;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// The folder where an operator puts secrets for the groups of this worker: a folder for each plugin, in it a file for each secret. Read each
/// time, so a file that is replaced counts for the next group. Safe for use by many threads.
final class SecretFolder {

    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_NAME_CHARS = 64;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*+");

    private final @Nullable Path folder;

    /// @param folder null for none
    SecretFolder(@Nullable Path folder) {
        this.folder = folder;
    }

    /// The secret of that name, without one line break at its end.
    ///
    /// @param plugin whose it is: another one could be told to take it to another host
    /// @throws SecretException if there is none, or its file is no text of that size
    String read(String plugin, String name) throws SecretException {
        if (name.length() > MAX_NAME_CHARS || !NAME.matcher(name).matches()) {
            throw new SecretException( // perhaps it is the secret itself
                    "no name of a secret (expected: letters, digits, - and _, dots in the middle,"
                            + " at most "
                            + MAX_NAME_CHARS
                            + ")");
        }
        if (folder == null) {
            throw refused(
                    name,
                    "none is known by a name here",
                    "a folder of them in a worker's settings");
        }
        try {
            Path own = find(folder, plugin);
            Path file = own != null && Files.isDirectory(own) ? find(own, name) : null;
            if (file == null || !Files.isRegularFile(file)) {
                throw refused(
                        name,
                        "not on this worker",
                        "a file of that name in the folder " + plugin + " of its secrets");
            }
            return text(name, file);
        } catch (IOException | DirectoryIteratorException e) {
            throw refused(name, "cannot be read on this worker", "a readable file, in UTF-8");
        }
    }

    /// By the folder's own list: what comes from a client becomes no path.
    private static @Nullable Path find(Path folder, String name) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (name.equals(String.valueOf(file.getFileName()))) {
                    return file;
                }
            }
        }
        return null;
    }

    private static String text(String name, Path file) throws IOException, SecretException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw refused(name, "too large on this worker", "at most " + MAX_BYTES + " bytes");
        }
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        if (text.endsWith("\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private static SecretException refused(String name, String what, String expected) {
        return new SecretException(
                "secret \"" + name + "\": " + what + " (expected: " + expected + ")");
    }
}
