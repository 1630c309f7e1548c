package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.console.admin.SignatureFile;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// `plugin`, `library`, and what was changed by them.
class PluginCommandsTest extends OneConsole {

    @Test
    void namesWhatThereIsWhenNothingIsNear() {
        Run run = run("plugin", "describe", "warehouse");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: plugin \"warehouse\": there is no such plugin; expected: one of"
                        + " birdstrikes, counter\n",
                run.err());
    }

    @Test
    void listsPlugins() throws Exception {
        Run run = run("plugin", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out().lines().anyMatch(l -> l.matches("birdstrikes +1.1.0 +1 ready +2 +1.0.0")),
                run.out());
        JsonNode json = run("plugin", "list", "-o", "json").json().get(0);
        assertEquals("1.1.0", json.get("current").get("version").asText());
        assertEquals("0".repeat(64), json.get("current").get("sha256").asText());
        assertEquals("1.0.0", json.get("versions").get(1).get("version").asText());
        assertEquals("2026-11-23T00:00:00Z", json.get("versions").get(1).get("published").asText());
        assertEquals("ready", json.get("workers").get(0).get("state").asText());
        assertEquals(2, json.get("groups").asInt());
    }

    @Test
    void describesPlugin() {
        Run run = run("plugin", "describe", "birdstrikes");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("birdstrikes-1.0.0.jar"), run.out());
        assertTrue(run.out().contains("worker-1  1.1.0    ready"), run.out());
    }

    @ParameterizedTest
    @CsvSource({"install,INSTALL", "update,UPDATE", "verify,VERIFY"})
    void uploadsBundle(String command, PublishBegin.Mode mode) throws Exception {
        byte[] bytes = new byte[700_000];
        bytes[699_999] = 1;
        Path jar = Files.write(folder.resolve("birdstrikes-1.2.0.jar"), bytes);
        Run run = run("plugin", command, jar.toString(), "--timeout", "30s");
        assertEquals(0, run.exitCode(), run.err());
        PublishBegin begin = overseer.published.getFirst();
        assertEquals(mode, begin.getMode());
        assertEquals("birdstrikes-1.2.0.jar", begin.getFile());
        assertEquals(700_000, begin.getSize());
        assertEquals(30_000, begin.getTimeoutMs());
        assertArrayEquals(
                MessageDigest.getInstance("SHA-256").digest(bytes),
                begin.getSha256().toByteArray());
        assertArrayEquals(bytes, overseer.uploads.getFirst());
        assertTrue(
                run.out()
                        .endsWith(
                                mode == PublishBegin.Mode.VERIFY
                                        ? "birdstrikes-1.2.0.jar can be installed\n"
                                        : ": birdstrikes 1.2.0\n"),
                run.out());
        assertTrue(run.err().contains("upload: 683.6 KiB of 683.6 KiB\n"), run.err());
        assertTrue(run.err().contains("verify: is a plugin\n"), run.err());
        assertTrue(run.err().contains("push: worker-1 is ready (1 of 1)\n"), run.err());
        assertFalse(run.err().contains("\r"), "a bar where no terminal is");
    }

    @Test
    void publishesTheSignatureThatIsBesideABundle() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path key =
                Files.writeString(
                        folder.resolve("me.key"),
                        "-----BEGIN PRIVATE KEY-----\n"
                                + Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded())
                                + "\n-----END PRIVATE KEY-----\n");
        Path jar = bundle("birdstrikes-1.2.0.jar", "1.2");
        assertEquals(0, run("plugin", "update", jar.toString()).exitCode());
        assertEquals(0, overseer.published.getLast().getSignature().size());

        assertEquals("birdstrikes 1.2.0", SignatureFile.sign(jar, key).toString());
        assertEquals(0, run("plugin", "update", jar.toString()).exitCode());
        byte[] signature = overseer.published.getLast().getSignature().toByteArray();
        assertEquals(64, signature.length);
        List<String> lines = Files.readAllLines(Path.of(jar + ".sig"));
        assertEquals("1.2.0", lines.get(2), "in full, as workers know it");
        Signature check = Signature.getInstance("Ed25519");
        check.initVerify(pair.getPublic());
        check.update((String.join("\n", lines.subList(0, 5)) + "\n").getBytes(UTF_8));
        assertTrue(check.verify(signature));

        bundle("birdstrikes-1.2.0.jar", "1.2.1");
        Run stale = run("plugin", "update", jar.toString());
        assertEquals(2, stale.exitCode());
        assertEquals(
                "stagedpipe: "
                        + jar
                        + ".sig: signs "
                        + lines.get(3)
                        + " (expected: a signature of this very jar; sign it again, or remove the"
                        + " file)",
                stale.err().lines().findFirst().orElse(""));
        for (String text : List.of("", "x".repeat(10_000), "\n\n\n\n\n\n")) {
            Files.writeString(Path.of(jar + ".sig"), text);
            assertEquals(2, run("plugin", "update", jar.toString()).exitCode(), text);
        }
        SignatureFile.sign(jar, key);
        assertEquals(0, run("plugin", "update", jar.toString()).exitCode());
    }

    private Path bundle(String file, String version) throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Stagedpipe-Plugin", "birdstrikes");
        manifest.getMainAttributes().putValue("Bundle-Version", version);
        Path jar = folder.resolve(file);
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    @Test
    void whatCannotBeSignedIsNamed() throws Exception {
        Path jar = bundle("a.jar", "one");
        Path key = folder.resolve("me.key");
        assertEquals(jar + ": invalid version \"one\": non-numeric \"one\"", unsigned(jar, key));
        Files.writeString(jar, "no jar");
        assertEquals(
                jar + ": no jar: zip END header not found (expected: an OSGi bundle)",
                unsigned(jar, key));
        bundle("a.jar", "1.0.0");
        assertEquals(key + ": there is no such file", unsigned(jar, key));
        Files.writeString(key, "me");
        assertEquals(key + ": no PEM file (expected: one PRIVATE KEY)", unsigned(jar, key));
        assertFalse(Files.exists(Path.of(jar + ".sig")));
    }

    private static String unsigned(Path jar, Path key) {
        Exception refused = assertThrows(Exception.class, () -> SignatureFile.sign(jar, key));
        return String.valueOf(refused.getMessage());
    }

    @Test
    void publishAnswersWithThePluginAsJson() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[10]);
        Run run = run("plugin", "update", jar.toString(), "-q", "-o", "json");
        assertEquals("1.2.0", run.json().get("current").get("version").asText());
        assertEquals("", run.err());
    }

    @Test
    void showsBarOnTerminal() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[300_000]);
        Run run =
                Run.of(
                        () -> List.of(overseer.endpoint()),
                        true,
                        "plugin",
                        "install",
                        jar.toString());
        assertTrue(run.err().contains("\rupload [".replace("\r", "\r\u001b[K")), run.err());
        assertTrue(run.err().contains("[" + "#".repeat(30) + "]"), run.err());
    }

    @Test
    void refusesFilesThatCannotBePublished() throws Exception {
        Path big = folder.resolve("big.jar");
        try (RandomAccessFile file = new RandomAccessFile(big.toFile(), "rw")) {
            file.setLength((100L << 20) + 1);
        }
        Path missing = folder.resolve("missing.jar");
        Path empty = Files.createFile(folder.resolve("empty.jar"));
        String expected = " (expected: a bundle's jar of 1 to 104857600 bytes)\n";
        assertAll(
                () -> assertRefused(missing, ": does not exist" + expected),
                () -> assertRefused(folder, ": is a directory" + expected),
                () -> assertRefused(empty, ": has 0 bytes" + expected),
                () -> assertRefused(big, ": has 104857601 bytes" + expected));
        assertEquals(List.of(), overseer.published);
    }

    @Test
    void refusalOfTheOverseerIsToldAsItIs() throws Exception {
        overseer.refusal =
                Optional.of(
                        new CallException(
                                Kind.REFUSED, "does not resolve: missing package org.example"));
        Path jar = Files.write(folder.resolve("a.jar"), new byte[3_000_000]);
        Run run = run("plugin", "install", jar.toString(), "-q");
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertEquals("stagedpipe: does not resolve: missing package org.example\n", run.err());
    }

    @Test
    void rollsBack() {
        Run run = run("plugin", "rollback", "birdstrikes");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", overseer.rolledBack.getFirst().getVersion());
        assertEquals("birdstrikes is rolled back: birdstrikes 1.0.0\n", run.out());
        run = run("plugin", "rollback", "birdstrikes", "--version", "1.2.0");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: version \"1.2.0\": birdstrikes has no such version; did you mean"
                        + " 1.0.0?\n",
                run.err());
        run = run("plugin", "rollback", "birdstrike");
        assertEquals(4, run.exitCode());
        assertTrue(run.err().endsWith("did you mean birdstrikes?\n"), run.err());
        assertTrue(overseer.listed.stream().allMatch(ListPluginsRequest::getNamesOnly));
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE,done",
        "TIMED_OUT,done",
        "UNREACHABLE,unfinished",
        "UNREACHABLE,failed"
    })
    void looksWhatBecameOfARollbackWhoseAnswerIsLost(Kind how, String result) {
        overseer.lostWhilePushing = Optional.of(how);
        overseer.rollbackResults.addAll(List.of("running", result));
        Run run = run("plugin", "rollback", "birdstrikes");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(1, overseer.rolledBack.size());
        assertEquals("birdstrikes is rolled back: birdstrikes 1.0.0\n", run.out());
    }

    @Test
    void saysThatARollbackWhoseAnswerIsLostDidNotCome() {
        overseer.lostWhilePushing = Optional.of(Kind.UNREACHABLE);
        overseer.isRollbackMade = false;
        Run run = run("plugin", "rollback", "birdstrikes");
        assertEquals(3, run.exitCode());
        assertTrue(run.err().endsWith("the connection is lost\n"), run.err());
        overseer.rolledBack.clear();
        overseer.rollbackResults.add("unfinished");
        run = run("plugin", "rollback", "birdstrikes");
        assertEquals(3, run.exitCode());
        assertEquals("stagedpipe: the rollback is unfinished; new groups get 1.1.0\n", run.err());
    }

    @Test
    void takesNoRollbackToAnotherVersionForItsOwn() {
        overseer.lostWhilePushing = Optional.of(Kind.UNREACHABLE);
        overseer.isRollbackMade = false;
        overseer.rollbackResults.add("done"); // to 1.0.0
        Run run = run("plugin", "rollback", "birdstrikes", "--version", "1.10");
        assertEquals(3, run.exitCode(), run.err() + run.out());
    }

    /// Another change of the plugin came in between.
    @Test
    void takesNoOtherChangeForARollbackThatWasRefused() {
        overseer.lostWhilePushing = Optional.of(Kind.UNREACHABLE);
        overseer.rollbackResults.add("refused");
        Run run = run("plugin", "rollback", "birdstrikes");
        assertEquals("stagedpipe: the rollback is refused; new groups get 1.0.0\n", run.err());
        assertEquals(1, run.exitCode());
    }

    @Test
    void uninstalls() throws Exception {
        Run run = run("plugin", "uninstall", "counter");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("counter is uninstalled\n", run.out());
        assertEquals(1, run("plugin", "list", "-o", "json").json().size());
        assertEquals(4, run("plugin", "uninstall", "counter").exitCode());
        overseer.uninstalled.add("counter");
        run = run("plugin", "delete", "counter", "9.9.9");
        assertEquals(4, run.exitCode());
        assertEquals("stagedpipe: counter has no version 9.9.9\n", run.err());
    }

    private void assertRefused(Path jar, String text) {
        Run run = run("plugin", "install", jar.toString());
        assertEquals(2, run.exitCode());
        assertEquals("stagedpipe: " + jar + text, run.err());
    }

    @Test
    void anUploadThatBreaksOffGoesOnWhereItEnded() throws Exception {
        byte[] bytes = new byte[900_000];
        new java.util.Random(1).nextBytes(bytes);
        overseer.breaksAt = 300_000;
        Path jar = Files.write(folder.resolve("a.jar"), bytes);
        assertEquals(0, run("plugin", "install", jar.toString()).exitCode());
        assertArrayEquals(bytes, overseer.uploads.getFirst());
        assertEquals(2, overseer.published.size());
        assertTrue(overseer.published.getLast().getResume());
        String request = overseer.published.getFirst().getRequest();
        assertFalse(request.isEmpty());
        assertEquals(request, overseer.published.getLast().getRequest());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plugin install JAR",
                "plugin verify JAR",
                "plugin rollback birdstrikes",
                "plugin uninstall counter",
                "plugin delete birdstrikes 1.0.0",
                "library publish JAR",
                "node forget o3"
            })
    void saysThatAChangeMayGoOnWhenTheWaitingIsInterrupted(String line) throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Thread waits = Thread.currentThread();
        CountDownLatch left = new CountDownLatch(1);
        overseer.onChange =
                () -> {
                    waits.interrupt();
                    TestOverseer.await(left);
                };
        Run run = run(line.replace("JAR", jar.toString()).split(" "));
        left.countDown();
        assertEquals(130, run.exitCode(), run.err());
        String see = line.startsWith("plugin install") ? "rollout list, audit list" : "audit list";
        String word = line.contains("verify") ? "" : "the change may go on: see " + see + "\n";
        String upload = line.contains("JAR") ? "upload: 0 B of 5 B\nupload: 5 B of 5 B\n" : "";
        assertEquals(upload + word + "stagedpipe: interrupted\n", run.err());
    }

    @Test
    void publishesAndListsLibraries() throws Exception {
        Path jar = Files.write(folder.resolve("csv.jar"), new byte[10]);
        assertEquals(0, run("library", "publish", jar.toString()).exitCode());
        assertEquals(PublishBegin.Mode.LIBRARY, overseer.published.getFirst().getMode());
        Run published = run("library", "publish", jar.toString(), "-o", "json");
        assertEquals("csv.jar", published.json().get(0).get("file").asText());
        Run list = run("library", "list");
        assertTrue(list.out().contains("com.example.csv  1.14.1"), list.out());
        assertTrue(list.out().contains("counter 2.0.0"), list.out());
        Run deleted = run("library", "delete", "com.example.csv", "1.14.1");
        assertEquals("com.example.csv 1.14.1 is deleted\n", deleted.out(), deleted.err());
    }

    @Test
    void saysRefusalsInTheWordsOfTheCommand() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        overseer.refusal =
                Optional.of(
                        new CallException(
                                Kind.REFUSED,
                                "b 1 does not resolve on worker w: missing package x"));
        assertEquals(
                "stagedpipe: b 1 does not resolve on worker w: missing package x; library publish"
                        + " JAR brings a bundle that others need\n",
                run("plugin", "install", jar.toString()).err());
        overseer.refusal =
                Optional.of(new CallException(Kind.INVALID, "first workers: 2 (expected: 1)"));
        assertEquals(
                "stagedpipe: --canary-workers: 2 (expected: 1)\n",
                run("plugin", "update", jar.toString(), "--strategy", "canary").err());
        overseer.refusal = Optional.of(new CallException(Kind.INVALID, "b.jar: is no bundle"));
        assertEquals(
                "stagedpipe: b.jar: is no bundle\n",
                run("library", "publish", jar.toString()).err());
    }

    @Test
    void givesAVersionALabel() {
        Run run = run("plugin", "label", "birdstrikes", "stable", "1.0.0");
        assertEquals("birdstrikes 1.0.0 is stable\n", run.out(), run.err());
        assertEquals("stable", overseer.labels.getFirst().getLabel());
        for (String wrong : List.of("", "--remove 1.0.0")) {
            run = run(("plugin label birdstrikes stable " + wrong).strip().split(" "));
            assertEquals(2, run.exitCode());
            assertTrue(run.err().contains("either VERSION or --remove"), run.err());
        }
        run = run("plugin", "label", "birdstrikes", "stable", "--remove");
        assertEquals("no version of birdstrikes is stable\n", run.out(), run.err());
        assertEquals("", overseer.labels.getLast().getVersion());
    }

    @Test
    void deletesAVersionThatNothingUses() {
        Run run = run("plugin", "delete", "birdstrikes", "1.0.0");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("birdstrikes 1.0.0 is deleted\n", run.out());
        assertEquals(System.getProperty("user.name"), overseer.deleted.getFirst().getOperator());
    }

    @Test
    void saysWhyAVersionIsNotDeleted() {
        Run run = run("plugin", "delete", "birdstrikes", "1.1.0");
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("1.1.0 is what new groups get"), run.err());
        assertEquals(4, run("plugin", "delete", "birdstrikes", "9.0.0").exitCode());
    }

    @Test
    void listsWhoChangedWhat() throws Exception {
        Run run = run("audit", "list", "--plugin", "birdstrikes", "--limit", "5");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out()
                        .lines()
                        .toList()
                        .get(1)
                        .matches(
                                "2026-11-23T00:00:00Z +ann \\(not proven\\) +update +birdstrikes"
                                        + " +1.1.0 +1.0.0 +000000000000 +done +-"),
                run.out());
        assertEquals(5, overseer.audits.getFirst().getLimit());
        assertEquals("birdstrikes", overseer.audits.getFirst().getPlugin());
        JsonNode entry = run("audit", "list", "-o", "json").json().get(0);
        assertEquals("ann", entry.get("operator").asText());
        assertEquals(120, entry.get("durationMs").asInt());
        assertTrue(entry.get("text").isNull(), entry::toString);
        assertEquals(2, run("audit", "list", "--limit", "0").exitCode());
    }

    @Test
    void suggestsTheNearestLibrary() {
        Run run = run("library", "delete", "com.example.cvs", "1.14.1");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: library \"com.example.cvs\": there is no such library; did you mean"
                        + " com.example.csv?\n",
                run.err());
        run = run("library", "delete", "com.example.csv", "1.41.1");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: version \"1.41.1\": com.example.csv has no such version; did you mean"
                        + " 1.14.1?\n",
                run.err());
    }
}
