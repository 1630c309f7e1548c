package org.stagedpipe.overseer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// The names of those that get nothing new, and which of them some coordinator may not know yet. All of it is guarded by the lock of [Nodes].
final class Cordoning {

    private static final long UNSEEN = 0; // revisions are above it

    private Set<String> names = Set.of();
    private final Map<String, Long> unheard = new HashMap<>(); // the first view with it

    /// From now on these, and no others.
    void set(Set<String> newNames) {
        newNames.stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> unheard.put(name, UNSEEN));
        unheard.keySet().retainAll(newNames);
        names = Set.copyOf(newNames);
    }

    /// Those.
    Set<String> names() {
        return names;
    }

    boolean has(String name) {
        return names.contains(name);
    }

    /// Whether some coordinator may still give it something new.
    boolean isUnderWay(String name) {
        return unheard.containsKey(name);
    }

    /// Looks who has heard of it. Coordinators that are still to come to this overseer go by the view that they have from the one before it.
    ///
    /// @param haveAllCome whether there are none of these
    void hear(Views views, boolean haveAllCome) {
        if (unheard.isEmpty() || views.revision() == 0) {
            return;
        }
        if (!views.isPutOff()) {
            unheard.replaceAll((name, shown) -> shown == UNSEEN ? views.revision() : shown);
        }
        if (haveAllCome) {
            unheard.values().removeIf(shown -> shown != UNSEEN && views.isKnown(shown));
        }
    }
}
