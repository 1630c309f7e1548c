package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Security.PemFiles;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLSocket;

/// PEM files that are replaced while a process runs.
@Timeout(30)
class RenewalTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String FIRST = "client/c1";
    private static final String SECOND = "client/c2";

    @TempDir private static Path made;

    private static PemFiles first;
    private static PemFiles second;

    @TempDir private Path folder;
    private PemFiles files;
    private PemContexts contexts; // looks when it is told to
    private Security security;

    @BeforeAll
    static void makesCertificates() throws Exception {
        Certificates certificates = Certificates.in(made);
        first = files(certificates.peer("c1", "spiffe://test/" + FIRST));
        second = files(certificates.peer("c2", "spiffe://test/" + SECOND));
    }

    @BeforeEach
    void copies() throws Exception {
        Path authorities = Files.copy(first.authorities(), folder.resolve("ca.pem"));
        Files.copy(first.certificate(), folder.resolve("own.pem"));
        Files.copy(first.key(), folder.resolve("own.key"));
        files = new PemFiles(folder.resolve("own.pem"), folder.resolve("own.key"), authorities);
        contexts = new PemContexts(files, Duration.ofHours(1));
        security = new Security(files, contexts);
    }

    @Test
    void newConnectionsUseTheNewFiles() throws Exception {
        security = new Security(files, new PemContexts(files, Duration.ofMillis(10)));
        try (Server server = naming(new Security(first));
                Connection before = Connection.to(server.endpoint(), security)) {
            assertEquals(FIRST, callerOf(before));
            renew();
            Until.holds("a new one uses them", () -> SECOND.equals(callerAt(server)));
            assertEquals(FIRST, callerOf(before));
        }
    }

    @Test
    void aServerUsesTheNewFiles() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        security.onChange(changes::incrementAndGet);
        try (Server server = naming(security)) {
            assertEquals("CN=c1", serverAt(server.endpoint()));
            contexts.look();
            assertEquals(0, changes.get());
            renew();
            contexts.look();
            contexts.look();
            assertEquals("CN=c2", serverAt(server.endpoint()));
            assertEquals(1, changes.get());
        }
    }

    @Test
    void connectionsLookAtNoFile() throws Exception {
        try (Server server = naming(security)) {
            renew();
            assertGoesOnAsFirst(server);
            contexts.look();
            assertEquals(SECOND, callerAt(server));
        }
    }

    @Test
    void whatHasChangedWhileNothingWasOpenIsUsedAtOnce() throws Exception {
        try (Server server = naming(new Security(first))) {
            assertEquals(FIRST, callerAt(server));
            renew();
            assertEquals(SECOND, callerAt(server));
        }
    }

    @Test
    void filesThatCannotBeUsedChangeNothingUntilTheyCan() throws Exception {
        try (Server server = naming(security)) {
            Files.writeString(files.key(), "-----BEGIN PRIV");
            contexts.look();
            assertGoesOnAsFirst(server);
            Files.delete(files.key());
            contexts.look();
            assertGoesOnAsFirst(server);
            Files.copy(second.key(), files.key()); // its certificate is still the one before
            contexts.look();
            assertGoesOnAsFirst(server);

            replace(second.certificate(), files.certificate());
            contexts.look();
            assertEquals(SECOND, callerAt(server));
        }
    }

    @Test
    void looksAgainAfterAnError() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        security = new Security(files, new PemContexts(files, Duration.ofMillis(10)));
        security.onChange(() -> {
            if (changes.incrementAndGet() == 1) {
                throw new OutOfMemoryError("test");
            }
        });
        try (Server server = naming(security)) {
            renew();
            Until.holds("seen", () -> changes.get() >= 1);
            replace(first.certificate(), files.certificate());
            replace(first.key(), files.key());
            Until.holds("seen again", () -> "CN=c1".equals(serverAt(server.endpoint())));
        }
    }

    @Test
    void aConnectionOpensThoughWhoIsToldThrows() throws Exception {
        security.onChange(() -> {
            throw new IllegalStateException("test");
        });
        try (Server server = naming(new Security(first))) {
            assertEquals(FIRST, callerAt(server));
            renew();
            assertEquals(SECOND, callerAt(server));
        }
    }

    @Test
    void connectionsOpenAndCloseWhileADiskHangs() throws Exception {
        security = new Security(files, new PemContexts(files, Duration.ofMillis(10)));
        Path hanging = folder.resolve("hanging");
        assertEquals(0, new ProcessBuilder("mkfifo", hanging.toString()).start().waitFor());
        try (Server server = naming(security)) {
            Files.move(hanging, files.key(), StandardCopyOption.REPLACE_EXISTING);
            try (OutputStream _ = Files.newOutputStream(files.key())) { // somebody reads it now
                assertTimeoutPreemptively(
                        TIMEOUT, () -> Connection.to(server.endpoint(), security).close());
                replace(first.key(), files.key()); // or the next look would hang as well
            }
        }
    }

    @Test
    void saysOnceADayThatACertificateEndsSoon() throws Exception {
        Instant end = end(files.authorities());
        assertEquals(List.of(), contexts.warnings(end.minus(Duration.ofDays(15))));
        Instant soon = end.minus(Duration.ofDays(13));
        String text =
                ": the certificate of CN=authority ends at "
                        + end
                        + " (expected: a new one two weeks before)";
        // The first one names what signed it as well.
        List<String> texts = List.of(files.certificate() + text, files.authorities() + text);
        assertEquals(texts, contexts.warnings(soon));
        renew();
        contexts.look(); // what is new ends soon too
        assertEquals(List.of(), contexts.warnings(soon.plus(Duration.ofHours(11))));
        assertEquals(texts, contexts.warnings(soon.plus(Duration.ofDays(1))));
    }

    @Test
    void namesTheNextCertificateThatEndsBesideOneThatHasEnded() throws Exception {
        Instant ended = end(files.authorities());
        Instant end = end(files.certificate());
        String text =
                ": the certificate of CN=authority has ended at "
                        + ended
                        + " (expected: a new one, and not this one)";
        assertEquals(
                List.of(
                        files.certificate()
                                + ": the certificate of CN=c1 ends at "
                                + end
                                + " (expected: a new one two weeks before)",
                        files.certificate() + text,
                        files.authorities() + text),
                contexts.warnings(end.minus(Duration.ofDays(13))));
    }

    /// Of the first certificate in the file.
    private static Instant end(Path file) throws Exception {
        return PemStores.certificates(file).getFirst().getNotAfter().toInstant();
    }

    @Test
    void namesTheFileThatIsGone() throws Exception {
        Files.delete(files.authorities());
        assertEquals(
                "TLS files cannot be used: " + files.authorities() + ": there is no such file",
                assertThrows(IllegalArgumentException.class, security::channel).getMessage());
    }

    private void assertGoesOnAsFirst(Server server) throws Exception {
        assertEquals("CN=c1", serverAt(server.endpoint()));
        assertEquals(FIRST, callerAt(server));
    }

    /// As whom the server sees a new connection.
    private String callerAt(Server server) {
        try (Connection connection = Connection.to(server.endpoint(), security)) {
            return callerOf(connection);
        }
    }

    /// As whom the server sees it.
    private static String callerOf(Connection connection) {
        try (Exchange<GroupRequest, GroupResponse> call =
                connection.exchange(Rpcs.PROCESS, TIMEOUT)) {
            CallException said = assertThrows(CallException.class, call::next);
            assertEquals(Kind.REFUSED, said.kind(), said.getMessage());
            return String.valueOf(said.getMessage());
        }
    }

    private static Server naming(Security security) throws CallException {
        return Server.at(Servers.ANY, security)
                .<GroupRequest, GroupResponse>exchange(
                        Rpcs.PROCESS,
                        exchange -> {
                            throw new CallException(Kind.REFUSED, exchange.peer().name());
                        })
                .start();
    }

    private static String serverAt(Endpoint endpoint) throws Exception {
        try (SSLSocket socket =
                (SSLSocket)
                        MutualTlsTest.context(new Security(first))
                                .getSocketFactory()
                                .createSocket(endpoint.host(), endpoint.port())) {
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private void renew() throws Exception {
        replace(second.certificate(), files.certificate());
        replace(second.key(), files.key());
    }

    private static void replace(Path with, Path file) throws Exception {
        Files.copy(with, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static PemFiles files(Security security) {
        return Objects.requireNonNull(security.files());
    }
}
