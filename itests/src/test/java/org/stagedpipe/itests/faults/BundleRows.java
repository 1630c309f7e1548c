package org.stagedpipe.itests.faults;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;

/// Bundles that nobody should have published: new groups go on with the version before, those that run notice nothing.
final class BundleRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("bundle-hostile", BundleRows::hostile),
                    Row.of("bundle-hangs", BundleRows::hangs),
                    Row.of("bundle-exits", BundleRows::exits));

    private static final int BOMB_BYTES = 64 << 20;

    private BundleRows() {}

    /// What is no bundle, or none that may run here, is refused before any worker hears of it.
    private static void hostile(Round round) throws Exception {
        FaultCluster cluster = round.cluster();
        String before = OverseerRows.current(round);
        Path cut = cluster.nextBundle();
        byte[] whole = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        mustRefuse(round, cut, Kind.INVALID, "zip");
        mustRefuse(
                round, with(cluster.nextBundle(), "zeros", BOMB_BYTES), Kind.INVALID, "inflates");
        Path slip = with(cluster.nextBundle(), "aa/aa/slip", 1);
        rename(slip, "aa/aa/slip", "../../slip");
        mustRefuse(round, slip, Kind.INVALID, "../../slip");
        mustRefuse(
                round,
                cluster.nextBundle("", Map.of("DynamicImport-Package", "*")),
                Kind.INVALID,
                "DynamicImport-Package");
        mustRefuse(
                round,
                cluster.nextBundle("", Map.of("Import-Package", "org.example.missing,*")),
                Kind.REFUSED,
                "org.example.missing");
        mustRefuse(
                round,
                EchoItem.bundle(cluster.data("other"), before, "", Map.of("Other", "bytes")),
                Kind.EXISTS,
                before);
        mustHaveOnly(round, before);
    }

    /// A version that never is ready is given up in time, also on the workers.
    private static void hangs(Round round) throws Exception {
        String before = OverseerRows.current(round);
        String start =
                "while (true) { try { Thread.sleep(1000); } catch (InterruptedException e) {} }";
        mustRefuse(
                round,
                round.cluster().nextBundle(start, Map.of()),
                Kind.REFUSED,
                "its activation has not ended within");
        round.serveOne("beside a version that hangs as it starts");
        mustHaveOnly(round, before);
        round.cluster().publish(Mode.UPDATE);
        round.serveOne("on the version after that");
    }

    /// A version that ends each worker that starts it is not pushed to any again.
    private static void exits(Round round) throws Exception {
        FaultCluster cluster = round.cluster();
        String before = OverseerRows.current(round);
        Path bundle = cluster.nextBundle("Runtime.getRuntime().halt(9);", Map.of());
        FutureTask<String> publish =
                new FutureTask<>(() -> {
                    mustRefuse(round, bundle, Kind.REFUSED, "ended without");
                    return "refused";
                });
        Thread.ofVirtual().name("publish-exits").start(publish);
        List<Integer> ended = new ArrayList<>();
        try {
            cluster.until(
                    "the update is refused",
                    () -> {
                        ended.addAll(cluster.revive());
                        return publish.isDone();
                    });
            publish.get();
        } finally {
            publish.cancel(true);
        }
        ended.addAll(cluster.revive());
        round.note(() -> "workers ended with " + ended);
        round.mustHit("no worker ended", () -> !ended.isEmpty());
        if (!ended.stream().allMatch(status -> status == 9)) {
            round.wrong("workers ended with " + ended + " (expected: 9 each)");
        }
        cluster.heal();
        round.serveOne("when all workers are back");
        mustHaveOnly(round, before);
        cluster.publish(Mode.UPDATE);
        round.serveOne("on the version after that");
    }

    private static void mustRefuse(Round round, Path bundle, Kind kind, String because)
            throws Exception {
        try {
            round.cluster().publish(Mode.UPDATE, bundle);
            round.wrong(bundle.getFileName() + " is published");
        } catch (CallException e) {
            boolean isSaid = e.getMessage() != null && e.getMessage().contains(because);
            if (e.kind() != kind || !isSaid) {
                round.wrong(
                        bundle.getFileName()
                                + ": "
                                + e.kind()
                                + " "
                                + e.getMessage()
                                + " (expected: "
                                + kind
                                + ", "
                                + because
                                + ")");
            }
        }
        round.awaitProgress(20, 1);
    }

    /// New groups get that version, and no worker is left with one of those that nobody published.
    private static void mustHaveOnly(Round round, String version) throws Exception {
        String current = OverseerRows.current(round);
        if (!current.equals(version)) {
            round.wrong("the catalogue says " + current + " (expected: " + version + ")");
        }
        round.serveOne("after bundles that are refused");
        round.cluster()
                .until(
                        "workers have " + version + " alone",
                        () -> {
                            try (AdminClient admin = round.cluster().admin()) {
                                return admin.nodes().stream()
                                        .filter(node ->
                                                FaultCluster.WORKERS.contains(node.getName()))
                                        .allMatch(node -> has(node, version));
                            }
                        });
    }

    /// One that hangs holds its class loader.
    private static boolean has(NodeEntry worker, String version) {
        return worker.getPluginsList().stream()
                .filter(status -> status.getState() != PluginStatus.State.UNLOADING)
                .map(status -> status.getPlugin().getVersion())
                .toList()
                .equals(List.of(version));
    }

    /// One more file in a bundle, of zeros.
    private static Path with(Path bundle, String name, int bytes) throws IOException {
        try (FileSystem zip =
                FileSystems.newFileSystem(URI.create("jar:" + bundle.toUri()), Map.of())) {
            Path file = zip.getPath(name);
            Path parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.write(file, new byte[bytes]);
        }
        return bundle;
    }

    /// Another name of the same length, which the JDK would not write.
    private static void rename(Path bundle, String name, String other) throws IOException {
        String bytes = Files.readString(bundle, StandardCharsets.ISO_8859_1);
        Files.writeString(bundle, bytes.replace(name, other), StandardCharsets.ISO_8859_1);
    }
}
