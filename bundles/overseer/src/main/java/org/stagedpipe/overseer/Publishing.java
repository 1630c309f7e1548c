package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.repository.Verifier;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
import java.time.Duration;

/// Takes a bundle from an operator. It goes to disk as it comes; the change begins when it is whole.
final class Publishing {

    private static final int SHA256_BYTES = 32;

    private final Store store;
    private final Blobs blobs;
    private final Changes changes;
    private final Plugins plugins;
    private final Duration installTimeout;

    Publishing(
            Store store, Blobs blobs, Changes changes, Plugins plugins, Duration installTimeout) {
        this.store = store;
        this.blobs = blobs;
        this.changes = changes;
        this.plugins = plugins;
        this.installTimeout = installTimeout;
    }

    void publish(Exchange<Progress, PublishRequest> exchange)
            throws CallException, InterruptedException {
        PublishRequest first = exchange.next();
        if (first == null || !first.hasBegin()) {
            throw new CallException(
                    Kind.INVALID, "no begin (expected: begin first, then the bytes)");
        }
        Changes.Announced announced = announced(first.getBegin());
        Initiator by = Initiator.of(exchange.peer(), first.getBegin().getOperator());
        Upload upload = upload(exchange, announced);
        new Conversation(exchange, announced.mode() == Mode.VERIFY ? "verify" : "publish")
                .run(steps -> {
                    try (upload) {
                        steps.step("upload", announced.size() + " bytes");
                        String name = changes.publish(upload, announced, by, steps);
                        return store.catalogue()
                                .known(name)
                                .map(plugins::entry)
                                .orElseGet(() -> PluginEntry.newBuilder().setName(name).build());
                    }
                });
    }

    private Changes.Announced announced(PublishBegin begin) throws CallException {
        if (begin.getMode() == Mode.MODE_UNSPECIFIED || begin.getMode() == Mode.UNRECOGNIZED) {
            throw new CallException(
                    Kind.INVALID, "mode: none (expected: INSTALL, UPDATE or VERIFY)");
        }
        if (begin.getSize() < 1 || begin.getSize() > Verifier.MAX_BUNDLE_BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    begin.getFile()
                            + ": "
                            + begin.getSize()
                            + " bytes (expected: 1 to "
                            + Verifier.MAX_BUNDLE_BYTES
                            + ")");
        }
        if (begin.getSha256().size() != SHA256_BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    "sha256: "
                            + begin.getSha256().size()
                            + " bytes (expected: "
                            + SHA256_BYTES
                            + ")");
        }
        return new Changes.Announced(
                begin.getMode(),
                begin.getFile().isBlank() ? "bundle" : begin.getFile(),
                begin.getSize(),
                Wire.hex(begin.getSha256()),
                begin.getTimeoutMs() > 0 ? Duration.ofMillis(begin.getTimeoutMs()) : installTimeout,
                RolloutWire.canary(begin));
    }

    private Upload upload(Exchange<Progress, PublishRequest> exchange, Changes.Announced announced)
            throws CallException, InterruptedException {
        Upload upload = null;
        boolean whole = false;
        try {
            upload = blobs.upload();
            for (PublishRequest next = exchange.next(); next != null; next = exchange.next()) {
                if (!next.hasData()) {
                    throw new CallException(
                            Kind.INVALID, next.getMessageCase() + " (expected: DATA)");
                }
                if (upload.size() + next.getData().size() > announced.size()) {
                    throw new CallException(
                            Kind.INVALID,
                            announced.file()
                                    + ": more than the "
                                    + announced.size()
                                    + " bytes announced");
                }
                upload.write(next.getData().asReadOnlyByteBuffer());
            }
            whole = true;
            return upload;
        } catch (IOException e) {
            throw new CallException(Kind.INTERNAL, "the disk of the overseer: " + e, e);
        } finally {
            if (!whole) {
                discard(upload);
            }
        }
    }

    private static void discard(@org.jspecify.annotations.Nullable Upload upload)
            throws CallException {
        try {
            if (upload != null) {
                upload.close();
            }
        } catch (IOException e) {
            throw new CallException(Kind.INTERNAL, "the disk of the overseer: " + e, e);
        }
    }
}
