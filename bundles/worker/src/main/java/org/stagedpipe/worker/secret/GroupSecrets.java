package org.stagedpipe.worker.secret;

import org.stagedpipe.api.Secret;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The secrets in one group's configuration: made while it is read, by one thread, and taken out of all texts about the group from then on,
/// by any.
public final class GroupSecrets {

    static final String HIDDEN = "(secret)";

    /// A shorter one would be found in ordinary words, and the gaps would tell it.
    private static final int SHORTEST_HIDDEN_CHARS = 4;

    /// Each one is looked for in each text.
    private static final int MOST = 64;

    private final SecretFolder folder;
    private final Fingerprints known;
    private volatile List<String> hidden = List.of(); // the longest first: it may have others in it
    private int count; // of the thread that reads
    private String plugin = ""; // the same

    /// @param known gets all of them
    GroupSecrets(SecretFolder folder, Fingerprints known) {
        this.folder = folder;
        this.known = known;
    }

    /// Which plugin's group it is; before the configuration is read.
    public void plugin(String name) {
        plugin = name;
    }

    /// One that stands in the configuration.
    ///
    /// @throws SecretException if it is one too many
    public Secret given(String text) throws SecretException {
        if (++count > MOST) {
            throw new SecretException(
                    "a secret more (expected: at most " + MOST + " in a configuration)");
        }
        if (text.length() >= SHORTEST_HIDDEN_CHARS) {
            List<String> all = new ArrayList<>(hidden);
            all.add(text);
            all.sort(Comparator.comparingInt(String::length).reversed());
            hidden = List.copyOf(all);
            known.add(text);
        }
        return Secret.of(text);
    }

    /// One that this worker has for the plugin, by its name.
    ///
    /// @throws SecretException if it is one too many, or not here
    public Secret named(String name) throws SecretException {
        return given(folder.read(plugin, name));
    }

    /// The text without them. One that is cut first may end with the beginning of one.
    public String redacted(String text) {
        String shown = text;
        for (String secret : hidden) {
            shown = shown.replace(secret, HIDDEN);
        }
        return shown;
    }
}
