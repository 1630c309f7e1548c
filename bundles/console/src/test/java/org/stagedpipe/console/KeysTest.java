package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.command.ShellAccess;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Whom the console lets in by ssh, and as whom.
class KeysTest {

    /// As `ssh-keygen -t ed25519` wrote it; opens nothing.
    private static final String ED25519 =
            """
            -----BEGIN OPENSSH PRIVATE KEY-----
            b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
            QyNTUxOQAAACBny4DHbV91InGPwzjYEQ064MvvyM6A/JIYmWNqlKegiAAAAJCoX5XlqF+V
            5QAAAAtzc2gtZWQyNTUxOQAAACBny4DHbV91InGPwzjYEQ064MvvyM6A/JIYmWNqlKegiA
            AAAECRzXmKJe7GVIb+eA+OnsihPWcqoDV2NKPOC7YQBikJyGfLgMdtX3UicY/DONgRDTrg
            y+/IzoD8khiZY2qUp6CIAAAACW1lQGxhcHRvcAECAwQ=
            -----END OPENSSH PRIVATE KEY-----
            """;

    private static final String ED25519_LINE =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGfLgMdtX3UicY/DONgRDTrgy+/IzoD8khiZY2qUp6CI";

    private static final String ED25519_FINGERPRINT =
            "SHA256:84ftIv8O24qunQoNuOpAdHkaN4Eu/CA4L5g9sh3z1bM"; // by ssh-keygen -l

    @TempDir static Path folder;

    private static TestOverseer overseer;
    private static ShellContainer container;

    @BeforeAll
    static void start() throws Exception {
        overseer = new TestOverseer();
        container =
                ShellContainer.start(folder, ShellContainer.overseer(overseer.endpoint(), false));
        container.configure(Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        container.close();
        overseer.close();
    }

    @Test
    void letsOnlyAuthorizedKeysIn() throws Exception {
        Path other = folder.resolve("other_key");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        try (OutputStream out = Files.newOutputStream(other)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "other", null, out);
        }
        String[] line = line(other, "node:list");
        Run refused = container.shell(line);
        assertEquals(77, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains("authorized_keys"), refused.err());
        Path authorized = container.folder().resolve("authorized_keys");
        ByteArrayOutputStream publicLine = new ByteArrayOutputStream();
        OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(pair.getPublic(), "other", publicLine);
        String key = publicLine.toString(StandardCharsets.UTF_8);
        String before = Files.readString(authorized);
        Files.writeString(
                authorized,
                before
                        + "ssh-of-tomorrow@openssh.com AAAAC3NzaC1lZDI1NTE5AAAAIAHadK5F me\n"
                        + "the second half of a line\nssh-ed25519 AAAAC3NzaC1lZDI1 cut\n"
                        + key);
        try {
            Run let = container.shell(line);
            assertEquals(0, let.exitCode(), let.err());
            Files.write(authorized, "ssh-rsa AAAA j\u00f6rg\n".getBytes(ISO_8859_1));
            Files.writeString(authorized, key, StandardOpenOption.APPEND);
            assertEquals(0, container.shell(line).exitCode(), "another character set");
            String[] bare = key.strip().split(" ");
            Files.writeString(authorized, before + bare[0] + " " + bare[1]);
            line[line.length - 1] = "group:cancel " + TestOverseer.GROUP_A;
            Run nameless = container.shell(line);
            assertEquals(0, nameless.exitCode(), nameless.err());
            assertEquals(
                    KeyUtils.getFingerPrint(pair.getPublic()),
                    overseer.cancelled.getLast().getOperator());
            Files.writeString(
                    authorized, before + "from=\"10.0.0.1\",command=\"a b\" " + key + key);
            Run optional = container.shell(line);
            assertEquals(77, optional.exitCode(), optional.out());
        } finally {
            Files.writeString(authorized, before);
        }
    }

    /// The kind that `ssh-keygen` makes when it is asked for none.
    @Test
    void anEd25519KeyComesIn() throws Exception {
        Path identity = Files.writeString(folder.resolve("id_ed25519"), ED25519);
        String[] line = line(identity, "group:cancel " + TestOverseer.GROUP_A);
        assertEquals(77, container.shell(line).exitCode());
        Path authorized = container.folder().resolve("authorized_keys");
        String before = Files.readString(authorized);
        try {
            Files.writeString(authorized, before + ED25519_LINE + " me@laptop\n");
            Run let = container.shell(line);
            assertEquals(0, let.exitCode(), let.err());
            assertEquals("me@laptop", overseer.cancelled.getLast().getOperator());
            Files.writeString(authorized, before + ED25519_LINE + "\n");
            Run nameless = container.shell(line);
            assertEquals(0, nameless.exitCode(), nameless.err());
            assertEquals(ED25519_FINGERPRINT, overseer.cancelled.getLast().getOperator());
        } finally {
            Files.writeString(authorized, before);
        }
    }

    @Test
    void openSshComesInAndHearsExitCodes() throws Exception {
        assumeTrue(
                isInstalled("ssh") && isInstalled("ssh-keygen"), "OpenSSH is not on this machine");
        Path identity = folder.resolve("made_here");
        Run made =
                process(
                        List.of(
                                "ssh-keygen",
                                "-q",
                                "-t",
                                "ed25519",
                                "-N",
                                "",
                                "-f",
                                identity.toString()),
                        "");
        assertEquals(0, made.exitCode(), made.err());
        Path authorized = container.folder().resolve("authorized_keys");
        String before = Files.readString(authorized);
        try {
            Run refused = ssh(identity, "", "plugin:list");
            assertEquals(255, refused.exitCode(), refused.err());
            assertTrue(refused.err().contains("Permission denied (publickey)"), refused.err());
            Files.writeString(
                    authorized, before + Files.readString(folder.resolve("made_here.pub")));
            Run plugins = ssh(identity, "", "plugin:list", "-o", "json");
            assertEquals(0, plugins.exitCode(), plugins.err());
            assertEquals("birdstrikes", plugins.json().get(0).get("name").asText());
            Run unknown = ssh(identity, "", "plugin:describe", "birdstrike");
            assertEquals(4, unknown.exitCode(), unknown.err());
            assertEquals("", unknown.out());
            assertTrue(unknown.err().contains("did you mean birdstrikes?"), unknown.err());
            assertEquals(2, ssh(identity, "", "plugin:describe").exitCode());
            Run exit = ssh(identity, "", "exit");
            assertEquals(0, exit.exitCode(), exit.err());
            Run script = ssh(identity, "node:list\nplugin:describe nothing\nplugin:list\n");
            assertStopped(script);
            assertStopped( // as some have it for every host: it is no terminal
                    ssh(
                            identity,
                            "node:list\nplugin:describe nothing\nplugin:list\n",
                            "-o",
                            "SetEnv=TERM=xterm"));
        } finally {
            Files.writeString(authorized, before);
        }
    }

    private static void assertStopped(Run script) {
        assertEquals(4, script.exitCode(), script.err());
        assertTrue(script.out().contains("worker-1"), script.out());
        assertTrue(!script.out().contains("birdstrikes"), script.out());
    }

    private static String[] line(Path identity, String command) throws Exception {
        ShellAccess access = access();
        return new String[] {
            "--ssh",
            access.ssh().toString(),
            "--identity",
            identity.toString(),
            "--host-key",
            KeyUtils.getFingerPrint(KeyUtils.loadPublicKey(access.hostKey())),
            command
        };
    }

    private static ShellAccess access() throws Exception {
        return ShellAccess.of(folder.resolve("o1"));
    }

    /// Runs OpenSSH's client as a script would: with that key only, and the console's own one known.
    private static Run ssh(Path identity, String input, String... command) throws Exception {
        ShellAccess access = access();
        Path known =
                Files.writeString(
                        folder.resolve("known_hosts"),
                        "[%s]:%d %s"
                                .formatted(
                                        access.ssh().host(),
                                        access.ssh().port(),
                                        Files.readString(access.hostKey())));
        List<String> line = new ArrayList<>(List.of("ssh", "-F", "none", "-o", "BatchMode=yes"));
        line.addAll(List.of("-o", "UserKnownHostsFile=" + known, "-o", "IdentitiesOnly=yes"));
        line.addAll(List.of("-i", identity.toString(), "-p", "" + access.ssh().port()));
        boolean isOption = command.length > 0 && command[0].equals("-o");
        line.addAll(isOption ? List.of(command) : List.of());
        line.add("me@" + access.ssh().host());
        line.addAll(isOption ? List.of() : List.of(command));
        return process(line, input);
    }

    private static boolean isInstalled(String program) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private static Run process(List<String> line, String input) throws Exception {
        Path in = Files.writeString(folder.resolve("in"), input);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process =
                new ProcessBuilder(line)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), line + " does not end");
            return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }
}
