package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.Command;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// An authority for one run, and certificates of it, made with the JDK's keytool.
public final class Certificates {

    private static final String PASSWORD = "not-secret";
    private static final String AUTHORITY = "authority";

    private final Path folder;
    private final Path store;

    private Certificates(Path folder) {
        this.folder = folder;
        this.store = folder.resolve("store.p12");
    }

    /// Its files are in that folder.
    public static Certificates in(Path folder) throws Exception {
        Certificates certificates = new Certificates(Files.createDirectories(folder));
        certificates.keytool(AUTHORITY, "-ext", "BasicConstraints:critical");
        return certificates;
    }

    /// Who may act as that role, under the role's name.
    public Security.PemFiles role(String role) throws Exception {
        return of(role, role);
    }

    /// Who may act as that role, under that name; reached by either of the two loopback addresses or by name.
    public Security.PemFiles of(String role, String name) throws Exception {
        keytool(
                name,
                "-signer",
                AUTHORITY,
                "-ext",
                "SubjectAlternativeName=ip:127.0.0.1,ip:127.0.0.2,dns:localhost,uri:spiffe://main/"
                        + role
                        + "/"
                        + name);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        byte[] certificate = keys.getCertificate(name).getEncoded();
        byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
        byte[] authority = keys.getCertificate(AUTHORITY).getEncoded();
        return new Security.PemFiles(
                pem(name + ".pem", "CERTIFICATE", certificate),
                pem(name + ".key", "PRIVATE KEY", key),
                pem("authority.pem", "CERTIFICATE", authority));
    }

    private void keytool(String alias, String... more) throws IOException, InterruptedException {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-J-XX:TieredStopAtLevel=1",
                                "-genkeypair",
                                "-alias",
                                alias,
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=" + alias,
                                "-validity",
                                "2",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD));
        words.addAll(List.of(more));
        Command command = Command.run(folder, Map.of(), words);
        if (command.status() != 0) {
            throw new IOException("keytool: " + command.output());
        }
    }

    private Path pem(String name, String type, byte[] content) throws IOException {
        String text =
                Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(content);
        return Files.writeString(
                folder.resolve(name),
                "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }
}
