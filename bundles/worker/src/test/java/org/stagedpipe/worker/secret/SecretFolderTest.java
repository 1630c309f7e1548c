package org.stagedpipe.worker.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// An operator's secrets, a file each.
class SecretFolderTest {

    @TempDir Path parent;
    private Path folder = Path.of("");
    private SecretFolder secrets = new SecretFolder(null);

    @BeforeEach
    void make() throws IOException {
        Path secretsOfAll = Files.createDirectory(parent.resolve("secrets"));
        folder = Files.createDirectory(secretsOfAll.resolve("plug"));
        secrets = new SecretFolder(secretsOfAll);
        Files.writeString(parent.resolve("outside"), "canary");
    }

    @Test
    void oneLineBreakAtTheEndIsNotPartOfASecret() throws Exception {
        assertEquals("hunter2", written("hunter2"));
        assertEquals("hunter2", written("hunter2\n"));
        assertEquals("hunter2", written("hunter2\r\n"));
        assertEquals("two\nlines\n", written("two\nlines\n\n"));
        assertEquals("", written("\n"));
        assertEquals("ä €", written("ä €"));
    }

    private String written(String text) throws Exception {
        Files.writeString(folder.resolve("db.password_1"), text);
        return secrets.read("plug", "db.password_1");
    }

    @Test
    void whatIsNoNameBecomesNoPathAndIsNotRepeated() throws IOException {
        Files.createSymbolicLink(folder.resolve("..data"), parent);
        for (String name :
                List.of(
                        "",
                        ".",
                        "..",
                        "../outside",
                        "..data/outside",
                        "..data",
                        "/etc/passwd",
                        parent.resolve("outside").toString(),
                        "outside\0",
                        "outside\n",
                        "ä",
                        "a..b",
                        ".a",
                        "a.",
                        "x".repeat(65))) {
            SecretException refused =
                    assertThrows(SecretException.class, () -> secrets.read("plug", name), name);
            assertEquals(
                    "no name of a secret (expected: letters, digits, - and _, dots in the middle,"
                            + " at most 64)",
                    refused.getMessage());
        }
    }

    @Test
    void aNameStandsForAFileOfTheFolderOrForALinkInIt() throws Exception {
        Files.createDirectory(folder.resolve("sub"));
        assertRefused(
                "sub", "not on this worker (expected: a file of that name in the folder plug of");
        assertRefused(
                "outside", "not on this worker (expected: a file of that name in the folder plug");
        Files.createSymbolicLink(folder.resolve("linked"), parent.resolve("outside"));
        assertEquals("canary", secrets.read("plug", "linked")); // as where volumes are mounted
        Files.writeString(folder.resolve("x".repeat(64)), "long");
        assertEquals("long", secrets.read("plug", "x".repeat(64)));
    }

    @Test
    void aPluginHasItsOwnOnly() throws Exception {
        Files.writeString(folder.resolve("db"), "canary");
        assertEquals("canary", secrets.read("plug", "db"));
        for (String other : List.of("", ".", "..", "secrets", "other", "plug/../plug")) {
            assertThrows(SecretException.class, () -> secrets.read(other, "db"), other);
        }
        assertThrows(SecretException.class, () -> secrets.read("..", "outside"));
    }

    @Test
    void whatCannotBeASecretIsRefusedWithoutAnyOfIt() throws IOException {
        Files.writeString(folder.resolve("large"), "canary".repeat(11_000));
        assertRefused("large", "too large on this worker (expected: at most 65536 bytes)");
        Files.write(folder.resolve("binary"), new byte[] {'c', 'a', 'n', (byte) 0xff});
        assertRefused("binary", "cannot be read on this worker (expected: a readable file, in");
    }

    private void assertRefused(String name, String what) {
        SecretException refused =
                assertThrows(SecretException.class, () -> secrets.read("plug", name));
        String text = refused.getMessage();
        assertTrue(text.startsWith("secret \"" + name + "\": " + what), text);
        assertFalse(text.contains("canary"), text);
        assertFalse(text.contains(folder.toString()), text);
    }
}
