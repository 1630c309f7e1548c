package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.osgi.framework.Version;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.signature.SigningKey;
import org.stagedpipe.cluster.signature.Statement;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

/// The signature of a bundle, in a file beside it: `NAME.jar.sig`, a [Statement] and, in Base64, what an operator's key made
/// of it. It goes with the bundle wherever that is published; the key does not.
public final class SignatureFile {

    private static final int MOST_BYTES = 4_096;

    private SignatureFile() {}

    /// Signs a bundle, a plugin's or a library's.
    ///
    /// @return what was signed; the file beside the jar has it
    /// @throws IllegalArgumentException if that is no bundle that can be published
    /// @throws IOException if the jar or the key cannot be read, or the file cannot be written
    public static Statement sign(Path jar, Path key) throws IOException {
        Jar file = Jar.read(jar);
        Statement statement = statement(file);
        String signature = Base64.getEncoder().encodeToString(SigningKey.read(key).sign(statement));
        Files.writeString(of(jar), statement.text() + signature + "\n");
        return statement;
    }

    /// The file beside that jar, which need not exist.
    public static Path of(Path jar) {
        return jar.resolveSibling(jar.getFileName() + ".sig");
    }

    /// What is to be sent with a bundle; empty if nobody signed it.
    ///
    /// @throws IllegalArgumentException if the file beside it signs something else, or is no such file
    static ByteString read(Jar jar) throws IOException {
        Path file = of(jar.path());
        if (!Files.exists(file)) {
            return ByteString.EMPTY;
        }
        String[] lines =
                Files.size(file) > MOST_BYTES
                        ? new String[0]
                        : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1);
        if (lines.length != Statement.LINES + 2) {
            throw refused(file, "no signature file");
        }
        String digest = HexFormat.of().formatHex(jar.sha256().toByteArray());
        if (!lines[Statement.SHA256_LINE].equals(digest)) {
            throw refused(file, "signs " + lines[Statement.SHA256_LINE]);
        }
        try {
            byte[] signature = Base64.getDecoder().decode(lines[Statement.LINES]);
            if (signature.length == SigningKey.SIGNATURE_BYTES) {
                return ByteString.copyFrom(signature);
            }
        } catch (IllegalArgumentException e) {
            throw refused(file, "no signature file: " + e.getMessage());
        }
        throw refused(file, "no signature file");
    }

    private static IllegalArgumentException refused(Path file, String why) {
        return new IllegalArgumentException(
                file
                        + ": "
                        + why
                        + " (expected: a signature of this very jar; sign it again, or remove the"
                        + " file)");
    }

    private static Statement statement(Jar jar) throws IOException {
        Attributes headers = headers(jar.path());
        String sha256 = HexFormat.of().formatHex(jar.sha256().toByteArray());
        try {
            return statement(headers, sha256, jar.size());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(jar.path() + ": " + e.getMessage(), e);
        }
    }

    private static Statement statement(Attributes headers, String sha256, long size) {
        String plugin = header(headers, PluginVersion.HEADER);
        String version = Version.parseVersion(header(headers, "Bundle-Version")).toString();
        return plugin.isEmpty()
                ? Statement.of(
                        new Library(
                                header(headers, "Bundle-SymbolicName").split(";", 2)[0].strip(),
                                version,
                                sha256,
                                size))
                : Statement.of(new PluginVersion(plugin, version, sha256, size));
    }

    private static Attributes headers(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            if (manifest == null) {
                throw new IllegalArgumentException(
                        jar + ": a jar that is no bundle: no manifest (expected: an OSGi bundle)");
            }
            return manifest.getMainAttributes();
        } catch (ZipException e) {
            throw new IllegalArgumentException(
                    jar + ": no jar: " + e.getMessage() + " (expected: an OSGi bundle)", e);
        }
    }

    private static String header(Attributes headers, String name) {
        String value = headers.getValue(name);
        return value == null ? "" : value.strip();
    }
}
