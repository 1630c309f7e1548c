package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// An authority and what it signs, made by the keytool of the running Java.
final class Certificates {

    private static final String PASSWORD = "not-secret";
    private static final String AUTHORITY = "authority";

    private final Path folder;
    private final Path store;

    private Certificates(Path folder) {
        this.folder = folder;
        this.store = folder.resolve("store.p12");
    }

    static Certificates in(Path folder) throws Exception {
        Certificates certificates = new Certificates(Files.createDirectories(folder));
        certificates.keytool(AUTHORITY, "-ext", "BasicConstraints:critical");
        return certificates;
    }

    /// Files of a peer on this machine with `spiffe://main/<caller>/<alias>` in its certificate.
    Terms.PemFiles peer(String caller, String alias) throws Exception {
        return peer("main", caller, alias);
    }

    /// The same in that cluster.
    Terms.PemFiles peer(String cluster, String caller, String alias) throws Exception {
        keytool(
                alias,
                "-signer",
                AUTHORITY,
                "-ext",
                "SubjectAlternativeName=ip:127.0.0.1,uri:spiffe://"
                        + cluster
                        + "/"
                        + caller
                        + "/"
                        + alias);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        List<byte[]> chain = new ArrayList<>();
        for (Certificate certificate : keys.getCertificateChain(alias)) {
            chain.add(certificate.getEncoded());
        }
        byte[] key = keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
        byte[] authority = keys.getCertificate(AUTHORITY).getEncoded();
        return new Terms.PemFiles(
                pem(alias + ".pem", "CERTIFICATE", chain),
                pem(alias + ".key", "PRIVATE KEY", List.of(key)),
                pem(alias + "-authority.pem", "CERTIFICATE", List.of(authority)));
    }

    private void keytool(String alias, String... more)
            throws IOException, InterruptedException, GeneralSecurityException {
        List<String> command =
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
                                "1",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private Path pem(String name, String type, List<byte[]> contents) throws IOException {
        StringBuilder text = new StringBuilder();
        for (byte[] content : contents) {
            text.append("-----BEGIN ").append(type).append("-----\n");
            text.append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
            text.append("\n-----END ").append(type).append("-----\n");
        }
        return Files.writeString(folder.resolve(name), text);
    }
}
