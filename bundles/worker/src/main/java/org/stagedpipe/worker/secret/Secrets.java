package org.stagedpipe.worker.secret;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/// The secrets of all groups on this worker. Safe for use by many threads.
public final class Secrets {

    private final SecretFolder folder;
    private final Fingerprints known = new Fingerprints();
    private final Set<GroupSecrets> groups = // guarded by itself
            Collections.newSetFromMap(new WeakHashMap<>());

    /// @param folder of those that configurations may name; null for none
    public Secrets(@Nullable Path folder) {
        this.folder = new SecretFolder(folder);
    }

    /// Those of a group that is to be opened.
    public GroupSecrets ofGroup() {
        GroupSecrets group = new GroupSecrets(folder, known);
        synchronized (groups) {
            groups.add(group);
        }
        return group;
    }

    /// A text that may be of any group, without the secrets of all. Not for clients, who could try out what another one's are.
    public String redacted(String text) {
        List<GroupSecrets> all;
        synchronized (groups) {
            all = List.copyOf(groups);
        }
        String shown = text;
        for (GroupSecrets group : all) {
            shown = group.redacted(shown);
        }
        return shown;
    }

    /// The name of a thread without the secrets of all groups, of those that have ended, too: a plugin may have named and left it. Nothing of it
    /// once there were too many to tell, or if it has more than 256 characters.
    public String nameShown(String name) {
        return known.redacted(name);
    }
}
