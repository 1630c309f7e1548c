package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.signature.SigningKey;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.repository.Verifier;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/// Takes a bundle from an operator. It goes to disk as it comes; the change begins when it is whole.
final class Publishing {

    private static final Logger LOG = LoggerFactory.getLogger(Publishing.class);
    private static final int SHA256_BYTES = 32;
    private static final long ROOM_TO_NOTE_BYTES = 1 << 20;
    private static final int MAX_REQUEST = 64; // characters: it stands in the rollout's record

    private final Store store;
    private final Keeping keeping;
    private final AuditLog audit;
    private final Releases releases;
    private final Libraries libraries;
    private final Plugins plugins;
    private final Duration installTimeout;
    private final Begun begun = new Begun(System::nanoTime);

    Publishing(
            Means means,
            Releases releases,
            Libraries libraries,
            Plugins plugins,
            Duration installTimeout) {
        this.store = means.store();
        this.keeping = means.keeping();
        this.audit = means.audit();
        this.releases = releases;
        this.libraries = libraries;
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
        PublishBegin begin = first.getBegin();
        Conversation known = begun.find(begin.getRequest());
        if (known != null) {
            if (begin.getResume()) {
                here(exchange, begin.getSize(), begin.getSize());
            }
            known.show(exchange);
            return;
        }
        RolloutRecord left = left(begin); // before it is checked: there may be fewer workers by now
        if (left != null) {
            follow(left, begin, exchange);
            return;
        }
        Announced announced = announced(begin);
        Initiator by = Initiator.of(exchange.peer(), begin.getOperator());
        Upload upload = upload(exchange, announced, by, begin.getResume());
        Conversation own = new Conversation(announced.isChange() ? "publish" : "verify");
        Conversation counts = begun.first(begin.getRequest(), own);
        if (counts == own) {
            own.run(steps -> publish(upload, announced, by, steps), exchange);
        } else {
            follow(counts, upload, exchange);
        }
    }

    /// The rollout that an overseer before this one has begun with the same request; null if there is none.
    private @Nullable RolloutRecord left(PublishBegin begin)
            throws CallException, InterruptedException {
        boolean isChange = begin.getMode() != Mode.VERIFY && !begin.getDryRun();
        if (!isChange || begin.getRequest().isEmpty()) {
            return null;
        }
        String sha256 = Wire.hex(begin.getSha256());
        return Failures.told(store::catalogue).rollouts().stream()
                .filter(rollout -> rollout.isOf(begin.getRequest(), sha256))
                .findFirst()
                .orElse(null);
    }

    private void follow(
            RolloutRecord left, PublishBegin begin, Exchange<Progress, PublishRequest> exchange)
            throws CallException, InterruptedException {
        if (begin.getResume()) {
            here(exchange, begin.getSize(), begin.getSize());
        }
        Conversation own = new Conversation("publish");
        Conversation counts = begun.first(begin.getRequest(), own);
        if (counts == own) {
            own.begin(steps -> entry(releases.follow(left, steps)));
        }
        counts.show(exchange);
    }

    /// The same bytes came twice at the same time.
    private void follow(
            Conversation first, Upload second, Exchange<Progress, PublishRequest> exchange)
            throws CallException, InterruptedException {
        try (second) {
            first.show(exchange);
        } catch (IOException e) {
            throw keeping.disk().failed("bundle " + second.sha256(), 0, e);
        }
    }

    private PluginEntry publish(Upload upload, Announced announced, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        try (upload) {
            steps.step("upload", announced.size() + " bytes");
            if (announced.mode() == Mode.LIBRARY) {
                String library = libraries.publish(upload, announced, by, steps);
                return PluginEntry.newBuilder().setName(library).build();
            }
            return entry(releases.publish(upload, announced, by, steps));
        }
    }

    private PluginEntry entry(String name) throws StoreException {
        return store.catalogue()
                .known(name)
                .map(plugins::entry)
                .orElseGet(() -> PluginEntry.newBuilder().setName(name).build());
    }

    private Announced announced(PublishBegin begin) throws CallException, InterruptedException {
        if (begin.getMode() == Mode.MODE_UNSPECIFIED || begin.getMode() == Mode.UNRECOGNIZED) {
            throw new CallException(
                    Kind.INVALID, "mode: none (expected: INSTALL, UPDATE, VERIFY or LIBRARY)");
        }
        if (begin.getDryRun() && begin.getMode() == Mode.LIBRARY) {
            throw new CallException(
                    Kind.INVALID, "dry run with LIBRARY (expected: INSTALL or UPDATE)");
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
        if (begin.getRequest().length() > MAX_REQUEST) {
            throw new CallException(
                    Kind.INVALID,
                    "request: "
                            + begin.getRequest().length()
                            + " characters (expected: at most "
                            + MAX_REQUEST
                            + ")");
        }
        int signature = begin.getSignature().size();
        if (signature != 0 && signature != SigningKey.SIGNATURE_BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    "signature: "
                            + signature
                            + " bytes (expected: "
                            + SigningKey.SIGNATURE_BYTES
                            + ", or none)");
        }
        return new Announced(
                begin.getMode(),
                begin.getFile().isBlank() ? "bundle" : begin.getFile(),
                begin.getSize(),
                Wire.hex(begin.getSha256()),
                Admin.timeout(begin.getTimeoutMs(), installTimeout),
                begin.hasCanary() ? RolloutWire.canary(begin, releases.readyWorkers()) : null,
                begin.getDryRun(),
                signature == 0
                        ? List.of()
                        : List.of(
                                Base64.getEncoder()
                                        .encodeToString(begin.getSignature().toByteArray())),
                begin.getRequest());
    }

    private Upload upload(
            Exchange<Progress, PublishRequest> exchange,
            Announced announced,
            Initiator by,
            boolean isResumed)
            throws CallException, InterruptedException {
        try {
            Upload upload = keeping.blobs().upload(announced.sha256());
            boolean whole = false;
            boolean broken = false;
            try {
                begin(exchange, announced, upload, isResumed);
                receive(exchange, announced, upload);
                whole = upload.size() == announced.size() || !isResumed;
                broken = !whole; // it half-closed too early: what is there counts the next time
                return complete(upload, announced, whole);
            } catch (CallException e) {
                broken |= e.kind() != Kind.INVALID;
                throw e;
            } finally {
                if (!whole && broken) {
                    upload.leave();
                } else if (!whole) {
                    upload.close();
                }
            }
        } catch (IOException e) {
            CallException failure = keeping.disk().failed(announced.file(), announced.size(), e);
            note(failure, announced, by);
            throw failure;
        }
    }

    /// No change has begun, but an operator wanted one. The store is on the same disk as a rule, and ends the overseer where it cannot
    /// write: on a full one the log has to do.
    private void note(CallException failure, Announced announced, Initiator by)
            throws InterruptedException {
        if (!announced.isChange() || keeping.disk().freeBytes() < ROOM_TO_NOTE_BYTES) {
            return;
        }
        try {
            Object _ =
                    audit.<Boolean>record(
                            by,
                            announced.action(),
                            "",
                            subjects -> {
                                throw failure;
                            });
        } catch (CallException _) {
            // it is noted
        } catch (StoreException | IOException e) {
            LOG.warn("{} is not in the audit log: {}", announced.file(), e.getMessage());
        }
    }

    private static Upload complete(Upload upload, Announced announced, boolean isWhole)
            throws CallException {
        if (!isWhole) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    announced.file()
                            + ": "
                            + upload.size()
                            + " bytes came (expected: "
                            + announced.size()
                            + "); send the rest");
        }
        return upload;
    }

    /// Says where to begin, if the operator's program asks.
    private static void begin(
            Exchange<Progress, PublishRequest> exchange,
            Announced announced,
            Upload upload,
            boolean isResumed)
            throws CallException, InterruptedException, IOException {
        if (!isResumed || upload.size() > announced.size()) {
            upload.restart();
        }
        if (isResumed) {
            here(exchange, upload.size(), announced.size());
        }
    }

    private static void here(
            Exchange<Progress, PublishRequest> exchange, long bytes, long announced)
            throws CallException, InterruptedException {
        exchange.send(
                Progress.newBuilder()
                        .setStep("upload")
                        .setText(bytes + " of " + announced + " bytes are here")
                        .setOffset(bytes)
                        .build());
    }

    private void receive(
            Exchange<Progress, PublishRequest> exchange, Announced announced, Upload upload)
            throws CallException, InterruptedException, IOException {
        for (PublishRequest next = next(exchange, announced, upload);
                next != null;
                next = next(exchange, announced, upload)) {
            if (!next.hasData()) {
                throw new CallException(Kind.INVALID, next.getMessageCase() + " (expected: DATA)");
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
    }

    /// A program that stops without its connection's end keeps no file and no thread here for ever.
    private @Nullable PublishRequest next(
            Exchange<Progress, PublishRequest> exchange, Announced announced, Upload upload)
            throws CallException, InterruptedException {
        try {
            return exchange.next(installTimeout);
        } catch (CallException e) {
            throw e.kind() == Kind.TIMED_OUT
                    ? new CallException(
                            Kind.UNREACHABLE,
                            announced.file()
                                    + ": "
                                    + e.getMessage()
                                    + ", "
                                    + upload.size()
                                    + " bytes came (expected: "
                                    + announced.size()
                                    + "); send the rest",
                            e)
                    : e;
        }
    }
}
