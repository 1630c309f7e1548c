package org.stagedpipe.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads PEM files ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)) with one object in them.
public final class Pem {

    private static final int MOST_CHARACTERS = 1 << 16;
    private static final Pattern OBJECT =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private Pem() {}

    /// The bytes of the only object of that label.
    ///
    /// @param label what stands behind BEGIN, `PUBLIC KEY` say
    /// @throws IOException if the file cannot be read or holds anything else; the text names it
    public static byte[] read(Path file, String label) throws IOException {
        String text = text(file);
        Matcher object = OBJECT.matcher(text);
        if (!object.find() || text.indexOf("-----BEGIN", object.end()) >= 0) {
            throw new IOException(file + ": no PEM file (expected: one " + label + ")");
        }
        if (!object.group(1).equals(label)) {
            throw new IOException(
                    file + ": a PEM file with " + object.group(1) + " (expected: " + label + ")");
        }
        try {
            return Base64.getMimeDecoder().decode(object.group(2));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": no PEM file: " + e.getMessage(), e);
        }
    }

    private static String text(Path file) throws IOException {
        try {
            if (Files.size(file) > MOST_CHARACTERS) {
                throw new IOException(file + ": no PEM file: it is larger than " + MOST_CHARACTERS);
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (FileSystemException e) {
            throw new IOException(FileReason.of(e), e);
        }
    }
}
