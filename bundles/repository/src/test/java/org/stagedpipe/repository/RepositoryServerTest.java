package org.stagedpipe.repository;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import aQute.bnd.http.HttpClient;
import aQute.bnd.osgi.Processor;
import aQute.bnd.repository.osgi.OSGiRepository;
import aQute.bnd.version.Version;

import org.apache.felix.bundlerepository.RepositoryAdmin;
import org.apache.felix.bundlerepository.Resolver;
import org.apache.felix.bundlerepository.Resource;
import org.apache.felix.bundlerepository.impl.RepositoryAdminImpl;
import org.apache.felix.framework.FrameworkFactory;
import org.apache.felix.utils.log.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The repository as tools see it.
class RepositoryServerTest {

    @TempDir Path folder;

    private byte[] older;
    private Library library;
    private volatile boolean isAway;
    private Blobs blobs;
    private RepositoryServer server;

    @BeforeEach
    void serve() throws Exception {
        blobs = Blobs.in(folder.resolve("blobs"));
        older = new PluginJar("greeter", "1.0.0").bytes();
        List<PluginVersion> versions =
                List.of(keep(older), keep(new PluginJar("greeter", "1.1.0").bytes()));
        library = library();
        List<Library> libraries = List.of(library);
        Index index = new Index(blobs);
        server =
                new RepositoryServer(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        blobs,
                        () -> {
                            if (isAway) {
                                throw new IOException("the store is away");
                            }
                            return index.xml(7, versions, libraries);
                        });
        server.open();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void bndReadsTheIndexAndFetchesABundle() throws Exception {
        try (Processor tools = new Processor();
                HttpClient http = new HttpClient();
                OSGiRepository repository = new OSGiRepository()) {
            http.setCache(folder.resolve("cache").toFile());
            tools.addBasicPlugin(http);
            repository.setRegistry(tools);
            repository.setReporter(tools);
            repository.setProperties(
                    Map.of(
                            "name",
                            "stagedpipe",
                            "locations",
                            at("/index.xml").toString(),
                            "cache",
                            folder.resolve("bnd").toString()));

            assertEquals(
                    List.of("csv", "org.example.greeter"),
                    repository.list("*").stream().sorted().toList());
            assertEquals(
                    new TreeSet<>(List.of(new Version("1.0.0"), new Version("1.1.0"))),
                    new TreeSet<>(repository.versions("org.example.greeter")));
            File fetched = repository.get("org.example.greeter", new Version("1.0.0"), Map.of());
            assertNotNull(fetched);
            assertArrayEquals(older, Files.readAllBytes(fetched.toPath()));
        }
    }

    @Test
    void felixReadsTheIndexAndInstallsALibraryFromIt() throws Exception {
        Framework framework =
                new FrameworkFactory()
                        .newFramework(
                                Map.of(
                                        Constants.FRAMEWORK_STORAGE,
                                        folder.resolve("felix").toString(),
                                        "felix.service.urlhandlers",
                                        "false"));
        framework.start();
        try {
            BundleContext context = framework.getBundleContext();
            RepositoryAdmin tool = new RepositoryAdminImpl(context, new Logger(context));
            tool.addRepository(at("/index.xml").toURL());
            Resource[] plugins = tool.discoverResources("(symbolicname=org.example.greeter)");
            assertEquals(
                    new TreeSet<>(List.of("1.0.0", "1.1.0")),
                    Stream.of(plugins)
                            .map(plugin -> plugin.getVersion().toString())
                            .collect(Collectors.toCollection(TreeSet::new)));
            Resolver resolver = tool.resolver();
            resolver.add(tool.discoverResources("(symbolicname=csv)")[0]);
            assertTrue(
                    resolver.resolve(), () -> List.of(resolver.getUnsatisfiedRequirements()) + "");
            resolver.deploy(Resolver.START);
            assertEquals(
                    Bundle.ACTIVE,
                    Stream.of(context.getBundles())
                            .filter(bundle -> "csv".equals(bundle.getSymbolicName()))
                            .findFirst()
                            .orElseThrow()
                            .getState());
        } finally {
            framework.stop();
            framework.waitForStop(10_000);
        }
    }

    private Library library() throws Exception {
        byte[] bytes =
                new PluginJar("csv", "1.4.0")
                        .without("Stagedpipe-Plugin")
                        .without("Service-Component")
                        .without("Import-Package")
                        .header("Bundle-SymbolicName", "csv")
                        .header("Export-Package", "csv;version=1.4")
                        .bytes();
        try (Upload upload = blobs.upload()) {
            upload.write(ByteBuffer.wrap(bytes));
            LibraryBundle bundle =
                    new Verifier().verifyLibrary(upload, "c.jar", bytes.length, upload.sha256());
            blobs.keep(upload);
            return bundle.library();
        }
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path :
                List.of("/", "/blobs/../format", "/blobs/" + "0".repeat(64) + ".jar", "/blobs/x")) {
            assertEquals(404, status("GET", path), path);
        }
        assertEquals(405, status("DELETE", "/index.xml"));
    }

    @Test
    void aDamagedBlobIsLeftOutOfTheIndex() throws Exception {
        assertTrue(get("/index.xml").body().contains("csv"));
        Path blob = blobs.find(library.sha256()).orElseThrow();
        byte[] senseless =
                new PluginJar("csv", "1.4.0").header("Provide-Capability", "a;b:Long=x").bytes();
        byte[] notInXml =
                new PluginJar("csv", "1.4.0")
                        .header("Provide-Capability", "a;b=\"x\u0001\"")
                        .bytes();
        for (byte[] damaged : List.of(new byte[9], senseless, notInXml)) {
            Files.write(blob, damaged);
            HttpResponse<String> index = get("/index.xml");
            assertEquals(200, index.statusCode(), index::body);
            assertFalse(index.body().contains("csv"), index.body());
            assertTrue(index.body().contains("org.example.greeter"), index.body());
        }
    }

    @Test
    void whoeverGetsNoIndexIsToldWhy() throws Exception {
        isAway = true;
        HttpResponse<String> none = get("/index.xml");
        assertEquals(500, none.statusCode());
        assertEquals("no index at present: the store is away\n", none.body());
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(at(path)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void withoutTlsOnlyLoopbackIsServed() {
        IOException refused =
                assertThrows(
                        IOException.class,
                        () ->
                                new RepositoryServer(
                                        new InetSocketAddress("0.0.0.0", 0),
                                        null,
                                        blobs,
                                        () -> new byte[0]));
        assertEquals(
                "cannot listen on 0.0.0.0 without TLS (expected: a loopback address)",
                refused.getMessage());
    }

    private int status(String method, String path) throws Exception {
        try (java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(at(path))
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private PluginVersion keep(byte[] bytes) throws Exception {
        try (Upload upload = blobs.upload()) {
            upload.write(ByteBuffer.wrap(bytes));
            PluginBundle bundle =
                    new Verifier().verify(upload, "g.jar", bytes.length, upload.sha256());
            blobs.keep(upload);
            return bundle.plugin();
        }
    }
}
