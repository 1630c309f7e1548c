package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/// The node's PEM files as ZooKeeper wants them: two PKCS 12 files in the folder of the server, written at each start under
/// a password that is drawn anew. Servers among each other and their callers prove who they are; for an ensemble that others run
/// the files may be others, and its servers have to prove that they have the host's name as well.
final class KeyStores {

    private static final int PASSWORD_BYTES = 24;

    private final Path keys;
    private final Path trusted;
    private final String password;
    private final boolean isExternal;

    private KeyStores(Path folder, boolean isExternal) {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        this.keys = folder.resolve("keys.p12");
        this.trusted = folder.resolve("trusted.p12");
        this.isExternal = isExternal;
        this.password = HexFormat.of().formatHex(random);
    }

    /// Null without TLS.
    ///
    /// @throws StoreException if the files cannot be used
    static @Nullable KeyStores of(Terms terms) throws StoreException {
        Terms.External external = terms.external();
        Terms.PemFiles pem = external == null ? terms.tls() : external.tls();
        if (pem == null) {
            return null;
        }
        KeyStores stores = new KeyStores(terms.folder(), external != null);
        try {
            Files.createDirectories(terms.folder());
            stores.write(pem);
            return stores;
        } catch (GeneralSecurityException | IOException e) {
            throw new StoreException("TLS files cannot be used: " + e.getMessage(), e);
        }
    }

    private void write(Terms.PemFiles pem) throws GeneralSecurityException, IOException {
        save(PemStores.own(pem, password.toCharArray()), keys);
        save(PemStores.trusted(pem), trusted);
    }

    private void save(KeyStore store, Path file) throws GeneralSecurityException, IOException {
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    /// Keys of a server's configuration.
    Map<String, String> server() {
        Map<String, String> all = new TreeMap<>();
        all.put("serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory");
        all.put("authProvider.x509", OverseersOnly.class.getName());
        all.put("sslQuorum", "true");
        all.put("ssl.quorum.context.supplier.class", QuorumContext.class.getName());
        all.putAll(stores("ssl."));
        all.putAll(stores("ssl.quorum."));
        return all;
    }

    /// Properties of a client.
    Map<String, String> client() {
        Map<String, String> all = new TreeMap<>();
        all.put("zookeeper.client.secure", "true");
        all.put("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
        // Among overseers it calls the server in its own process, by an address.
        all.put("zookeeper.ssl.hostnameVerification", Boolean.toString(isExternal));
        all.putAll(stores("zookeeper.ssl."));
        return all;
    }

    private Map<String, String> stores(String prefix) {
        return Map.of(
                prefix + "enabledProtocols",
                "TLSv1.3", // the JDK would take 1.2 as well
                prefix + "keyStore.location",
                keys.toString(),
                prefix + "keyStore.password",
                password,
                prefix + "keyStore.type",
                "PKCS12",
                prefix + "trustStore.location",
                trusted.toString(),
                prefix + "trustStore.password",
                password,
                prefix + "trustStore.type",
                "PKCS12",
                prefix + "clientAuth",
                "need");
    }
}
