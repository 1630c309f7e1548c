package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.signature.Statement;
import org.stagedpipe.cluster.signature.TrustedKeys;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Whose bundles this worker installs. The overseer only passes signatures on: it holds no operator's key, and whoever takes
/// it over cannot bring code here. Safe for use by many threads.
public final class Trust {

    private static final Logger LOG = LoggerFactory.getLogger(Trust.class);

    /// Everybody's, also what nobody signed.
    public static final Trust ANY = new Trust(null);

    private final @Nullable TrustedKeys keys;

    private Trust(@Nullable TrustedKeys keys) {
        this.keys = keys;
    }

    /// Those of the operators whose public keys are in that folder.
    ///
    /// @throws IOException if there are none, or something else is
    public static Trust in(Path folder) throws IOException {
        return new Trust(TrustedKeys.in(folder));
    }

    /// Looks at the signatures only, which say what the bundles must be.
    ///
    /// @throws PluginException naming the first bundle that none of the keys vouches for
    void check(PluginVersion plugin, PlanEntry entry) throws PluginException {
        if (keys == null) {
            return;
        }
        if (!entry.isGiven()) {
            throw new PluginException(
                    Texts.of(plugin) + ": no overseer has said yet whether it is signed", true);
        }
        check(keys, entry, plugin, "plugin");
        for (Library library : entry.libraries()) {
            check(keys, entry, Libraries.asVersion(library), "library");
        }
    }

    private static void check(TrustedKeys keys, PlanEntry entry, PluginVersion bundle, String kind)
            throws PluginException {
        Statement statement =
                new Statement(
                        kind,
                        bundle.getName(),
                        bundle.getVersion(),
                        Texts.hex(bundle.getSha256()),
                        bundle.getSize());
        List<byte[]> signatures =
                entry.signatures().stream()
                        .filter(signature -> signature.getSha256().equals(bundle.getSha256()))
                        .map(signature -> signature.getSignature().toByteArray())
                        .toList();
        Optional<String> signer;
        try {
            signer = keys.signer(statement, signatures);
        } catch (IOException e) {
            throw new PluginException(
                    statement + ": whose bundles are trusted is not known: " + e.getMessage(),
                    true);
        }
        if (signer.isPresent()) {
            LOG.info("{}: signed by {}", statement, signer.get());
            return;
        }
        String why =
                signatures.isEmpty()
                        ? " is not signed, by what the overseer brings"
                        : " is signed by a key that is not trusted, or its signature is for"
                                + " something else";
        throw new PluginException(
                statement + why + " (expected: a signature by one of " + keys + ")");
    }
}
