package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.cluster.signature.SigningKey;
import org.stagedpipe.cluster.signature.Statement;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// A worker that installs what certain operators signed, in a real container.
@Timeout(40)
class WorkerTrustTest {

    @TempDir Path folder;

    private Container container;
    private TestOverseer overseer;
    private WorkerNode worker;
    private Path keys;
    private SigningKey ann;
    private SigningKey stranger;
    private PluginJar plugin;

    @BeforeEach
    void open() throws Exception {
        keys = Files.createDirectories(folder.resolve("keys"));
        ann = key("ann", keys.resolve("ann.pem"));
        stranger = key("stranger", folder.resolve("stranger.pem"));
        container = Container.open(folder.resolve("felix"));
        overseer = TestOverseer.open();
        plugin = PluginJar.of("1.0.0");
        overseer.has(plugin);
        worker =
                new WorkerNode(
                        settings(Map.of("trustedKeys", keys.toString())),
                        container.context(),
                        why -> {});
        worker.open();
    }

    @AfterEach
    void close() throws Exception {
        worker.close();
        overseer.close();
        assertEquals(List.of(), container.plugins());
        container.close();
    }

    private WorkerSettings settings(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(more);
        all.put("name", "w1");
        all.put("port", "0");
        all.put("overseers", overseer.endpoint().toString());
        all.put("data", folder.resolve("data").toString());
        return WorkerSettings.read(all, 2, new WorkerSettings.Heap(256 << 20, 0));
    }

    private SigningKey key(String name, Path trusted) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Files.writeString(trusted, pem("PUBLIC", pair.getPublic()));
        Path key = folder.resolve(name + ".key");
        return SigningKey.read(Files.writeString(key, pem("PRIVATE", pair.getPrivate())));
    }

    private static String pem(String kind, Key key) {
        String text = Base64.getMimeEncoder().encodeToString(key.getEncoded());
        return "-----BEGIN %s KEY-----\n%s\n-----END %s KEY-----\n".formatted(kind, text, kind);
    }

    private static BundleSignature signature(SigningKey key, String kind, PluginVersion bundle) {
        Statement statement =
                new Statement(
                        kind,
                        bundle.getName(),
                        bundle.getVersion(),
                        HexFormat.of().formatHex(bundle.getSha256().toByteArray()),
                        bundle.getSize());
        return BundleSignature.newBuilder()
                .setSha256(bundle.getSha256())
                .setSignature(ByteString.copyFrom(key.sign(statement)))
                .build();
    }

    private PluginStatus planned(BundleSignature... signatures) throws Exception {
        overseer.signatures = List.of(signatures);
        overseer.plan(plugin);
        return overseer.awaitApplied().getPlugins(0);
    }

    @Test
    void whatNobodyTrustedSignedIsNotEvenFetched() throws Exception {
        PluginVersion version = plugin.version();
        String expected = " (expected: a signature by one of ann in " + keys + ")";
        PluginStatus unsigned = planned();
        assertEquals(State.FAILED, unsigned.getState());
        assertEquals(
                "plug 1.0.0 is not signed, by what the overseer brings" + expected,
                unsigned.getText());

        String wrong =
                "plug 1.0.0 is signed by a key that is not trusted, or its signature is for"
                        + " something else"
                        + expected;
        BundleSignature strangers = signature(stranger, "plugin", version);
        assertEquals(wrong, planned(strangers).getText());
        assertEquals(wrong, planned(signature(ann, "library", version)).getText());
        PluginVersion renamed = version.toBuilder().setVersion("1.0.1").build();
        assertEquals(wrong, planned(signature(ann, "plugin", renamed)).getText());
        BundleSignature broken =
                strangers.toBuilder().setSignature(ByteString.copyFromUtf8("ann")).build();
        assertEquals(wrong, planned(broken).getText());

        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> TestCoordinator.opened(worker.endpoint(), version, "{}"));
        assertTrue(refused.getMessage().contains(wrong), refused.getMessage());
        assertEquals(List.of(), overseer.fetches);

        BundleSignature anns = signature(ann, "plugin", version);
        assertEquals(State.READY, planned(strangers, anns).getState());

        CallException other =
                assertThrows(
                        CallException.class,
                        () -> TestCoordinator.opened(worker.endpoint(), renamed, "{}"));
        assertEquals(
                "plug 1.0.1 has the bytes of plug 1.0.0 (expected: its own)", other.getMessage());
    }

    @Test
    void beforeAnyPlanAGroupIsToldToComeAgain() throws Exception {
        CallException early =
                assertThrows(
                        CallException.class,
                        () -> TestCoordinator.opened(worker.endpoint(), plugin.version(), "{}"));
        assertEquals(CallException.Kind.UNREACHABLE, early.kind());
        assertEquals(
                "plug 1.0.0: no overseer has said yet whether it is signed", early.getMessage());
    }

    @Test
    void aKeyThatIsTakenAwayCountsForWhatWasFetchedToo() throws Exception {
        BundleSignature anns = signature(ann, "plugin", plugin.version());
        assertEquals(State.READY, planned(anns).getState());
        overseer.plan();
        overseer.awaitStatus(plugin.version(), State.UNLOADED);
        Files.move(folder.resolve("stranger.pem"), keys.resolve("stranger.pem"));
        Files.delete(keys.resolve("ann.pem"));
        assertEquals(State.FAILED, planned(anns).getState());
        assertEquals(1, overseer.fetches.stream().map(FetchRequest::getOffset).distinct().count());
    }

    @Test
    void librariesNeedASignatureAsWell() throws Exception {
        LibraryJar tool = LibraryJar.of("1.2.0");
        Library library = tool.library();
        PluginVersion asVersion =
                PluginVersion.newBuilder()
                        .setName(library.getSymbolicName())
                        .setVersion(library.getVersion())
                        .setSha256(library.getSha256())
                        .setSize(library.getSize())
                        .build();
        overseer.has(tool);
        overseer.needs(plugin, tool);
        BundleSignature anns = signature(ann, "plugin", plugin.version());
        assertTrue(planned(anns).getText().startsWith("test.tool 1.2.0 is not signed"));
        assertEquals(List.of(), overseer.fetches);
        PluginStatus ready = planned(anns, signature(ann, "library", asVersion));
        assertEquals(State.READY, ready.getState(), ready.getText());
    }

    @Test
    void aKeyThatIsAddedCountsFromTheNextPlanOn() throws Exception {
        BundleSignature strangers = signature(stranger, "plugin", plugin.version());
        assertEquals(State.FAILED, planned(strangers).getState());
        Files.move(folder.resolve("stranger.pem"), keys.resolve("stranger.pem"));
        assertEquals(State.READY, planned(strangers).getState());
    }

    @Test
    void overANetworkWhoseBundlesAreInstalledMustBeSaid() throws Exception {
        String pem = keys.resolve("ann.pem").toString(); // nobody reads what is in it here
        Map<String, String> tls =
                Map.of("tlsCertificate", pem, "tlsKey", pem, "tlsAuthorities", pem);
        String what =
                "(expected: a folder with the public keys, *.pem, of the operators whose bundles"
                        + " are installed, or any for those of everybody";
        refused(tls, "trustedKeys: \"\" " + what + ")");
        refused(Map.of("trustedKeys", " "), "trustedKeys: \" \" " + what + ")");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        refused(
                Map.of("trustedKeys", empty.toString()),
                "trustedKeys: \""
                        + empty
                        + "\" "
                        + what
                        + "; "
                        + empty
                        + " has 0 keys (expected:"
                        + " 1 to 64))");
        Map<String, String> any = new HashMap<>(tls);
        any.put("trustedKeys", "any");
        settings(any);
        settings(Map.of());
    }

    private void refused(Map<String, String> more, String text) {
        SettingsException refused = assertThrows(SettingsException.class, () -> settings(more));
        assertEquals("org.stagedpipe.worker: " + text, refused.getMessage());
    }
}
