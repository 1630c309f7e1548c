package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.worker.leak.HeapWalk;
import org.stagedpipe.worker.leak.Suspect;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Looks for what holds the class loaders of what was uninstalled, in dumps of this process's heap. For one thread at a time.
final class LeakSearch implements Departures.Search {

    private static final Logger LOG = LoggerFactory.getLogger(LeakSearch.class);

    private final HeapWalk walk;

    LeakSearch(HeapWalk walk) {
        this.walk = walk;
    }

    /// Deletes what a process left that ended while it looked.
    void removeLeft() {
        try {
            walk.removeLeft();
        } catch (IOException e) {
            LOG.warn("a heap dump of an earlier process cannot be deleted: {}", e.toString());
        }
    }

    @Override
    public Map<Suspect, String> holdersOf(List<Suspect> suspects) throws IOException {
        Map<Suspect, String> texts = new HashMap<>();
        walk.holdersOf(suspects)
                .forEach((suspect, holder) -> texts.put(suspect, holder.toString()));
        texts.values()
                .forEach(text ->
                        LOG.warn(
                                "the class loader of what was uninstalled is not collected: {}",
                                text));
        return texts;
    }
}
