package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.cluster.ensemble.Terms;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;

/// Who may read the repository of an overseer that has TLS.
class ReadersTest {

    private static final String ABSENT = "/blobs/" + "0".repeat(64) + ".jar";

    @TempDir static Path folder;
    private static Certificates certificates;
    private static Terms.PemFiles own;
    private static Overseer overseer;

    @BeforeAll
    static void open() throws Exception {
        certificates = Certificates.in(folder.resolve("certificates"));
        own = certificates.peer("overseer", "o1");
        overseer =
                Overseer.open(
                        OverseerSettings.read(
                                Map.of(
                                        "name",
                                        "o1",
                                        "data",
                                        folder.resolve("o1").toString(),
                                        "port",
                                        0,
                                        "adminPort",
                                        0,
                                        "repositoryPort",
                                        0,
                                        "tlsCertificate",
                                        own.certificate().toString(),
                                        "tlsKey",
                                        own.key().toString(),
                                        "tlsAuthorities",
                                        own.authorities().toString())),
                        "1.0.0",
                        new InMemoryEnsembles(),
                        why -> {});
    }

    @AfterAll
    static void close() {
        overseer.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"overseer", "coordinator", "worker", "operator"})
    void nodesAndOperatorsRead(String caller) throws Exception {
        Terms.PemFiles files = certificates.peer(caller, caller + "-1");
        HttpResponse<String> index = get(files, "/index.xml");
        assertEquals(200, index.statusCode(), index.body());
        assertTrue(index.body().contains("<repository"), index.body());
        assertEquals(404, get(files, ABSENT).statusCode());
    }

    @Test
    void clientsDoNot() throws Exception {
        Terms.PemFiles files = certificates.peer("client", "client-1");
        HttpResponse<String> index = get(files, "/index.xml");
        assertEquals(403, index.statusCode(), index.body());
        assertEquals(
                "/index.xml: not permitted to [CLIENT] (expected: a certificate of one of"
                        + " [OPERATOR, OVERSEER, COORDINATOR, WORKER])\n",
                index.body());
        assertEquals(403, get(files, ABSENT).statusCode());
    }

    @Test
    void neitherDoesOneWithoutARole() throws Exception {
        assertNamesNoRole(certificates.peer("auditor", "auditor-1"));
    }

    /// The authority signs for both.
    @Test
    void neitherDoesOneOfAnotherCluster() throws Exception {
        assertNamesNoRole(certificates.peer("other", "operator", "bob"));
    }

    private static void assertNamesNoRole(Terms.PemFiles files) throws Exception {
        HttpResponse<String> index = get(files, "/index.xml");
        assertEquals(403, index.statusCode(), index.body());
        assertTrue(
                index.body()
                        .startsWith(
                                "/index.xml: not permitted to a peer whose certificate names no"
                                        + " role in this cluster (expected: "),
                index.body());
    }

    @Test
    void theLogSaysThatTheyAreServedWithTheFilesOfTheStart() throws Exception {
        Files.setLastModifiedTime(own.certificate(), FileTime.from(Instant.now().plusSeconds(10)));
        until("it is said", () -> !TestLog.warnings("until o1 is restarted").isEmpty());
        assertEquals(1, TestLog.warnings("until o1 is restarted").size());
    }

    private static HttpResponse<String> get(Terms.PemFiles files, String path) throws Exception {
        try (HttpClient http = HttpClient.newBuilder().sslContext(PemTls.context(files)).build()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(overseer.repositoryAt()).resolve(path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
