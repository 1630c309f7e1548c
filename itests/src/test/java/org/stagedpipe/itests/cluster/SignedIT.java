package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.client.Group;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// A worker that installs what an operator's key has signed, as the operator types it.
class SignedIT {

    private static final String OPEN = "{\"label\":\"test\"}";

    @TempDir private Path folder;

    @Test
    void onlyWhatAnOperatorSignedRuns() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path key = Files.writeString(folder.resolve("me.key"), pem("PRIVATE", pair.getPrivate()));
        Path keys = Files.createDirectory(folder.resolve("keys"));
        Files.writeString(keys.resolve("me.pem"), pem("PUBLIC", pair.getPublic()));
        Path conf = Files.createDirectory(folder.resolve("conf"));
        Files.writeString(
                conf.resolve("worker.json"),
                "{\"org.stagedpipe.worker\": {\"trustedKeys\": \"" + keys + "\"}}");
        try (Cluster cluster = Cluster.start(folder.resolve("nodes"), 0)) {
            cluster.startNode(
                    "worker", "w1", NodeProcess.SMALL, List.of("--conf", conf.toString()));
            cluster.awaitReady(2);
            Path library = ProbePlugin.library(folder, "1.0.0");
            Path plugin = ProbePlugin.needing(folder, "signed", "[1,2)");

            // nobody signed the library
            ran(cluster, 0, "library", "publish", library.toString());
            ran(cluster, 0, "plugin", "sign", plugin.toString(), "--key", key.toString());
            Command refused = ran(cluster, 1, "plugin", "install", plugin.toString());
            assertTrue(refused.err().contains("1.0.0 is not signed"), refused.err());

            // the library is signed, the plugin's signature is for other bytes, then gone
            ran(cluster, 0, "library", "sign", library.toString(), "--key", key.toString());
            ran(cluster, 0, "library", "publish", library.toString());
            Path signature = Path.of(plugin + ".sig");
            String text = Files.readString(signature);
            String[] lines = text.split("\n", -1);
            Files.writeString(signature, text.replace(lines[3], "0".repeat(64)));
            Command stale = ran(cluster, 2, "plugin", "install", plugin.toString());
            assertTrue(stale.err().contains(signature + ": signs 000"), stale.err());
            Path aside = folder.resolve("aside");
            Files.move(signature, aside, StandardCopyOption.REPLACE_EXISTING);
            Command unsigned = ran(cluster, 1, "plugin", "install", plugin.toString());
            assertTrue(unsigned.err().contains("signed 1.0.0 is not signed"), unsigned.err());
            Command verified = ran(cluster, 1, "plugin", "verify", plugin.toString());
            assertTrue(verified.err().contains("and worker w1 installs only"), verified.err());

            Files.writeString(signature, text);
            ran(cluster, 0, "plugin", "install", plugin.toString());
            try (Group group = cluster.client().group("signed").configuration(OPEN).open()) {
                Traffic traffic = new Traffic(group);
                traffic.send(0, 10, Traffic::item);
                traffic.finish();
                assertEquals(10, group.counts().ok());
            }
        }
    }

    private static String pem(String kind, Key key) {
        String text = Base64.getMimeEncoder().encodeToString(key.getEncoded());
        return "-----BEGIN %s KEY-----\n%s\n-----END %s KEY-----\n".formatted(kind, text, kind);
    }

    private static Command ran(Cluster cluster, int status, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--overseer", cluster.overseer()));
        Command result = Command.stagedpipe(all.toArray(String[]::new));
        assertEquals(status, result.status(), result.toString());
        return result;
    }
}
