package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.worker.leak.HeapWalk;
import org.stagedpipe.worker.leak.Suspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Looks for what holds the class loaders of versions that were uninstalled, in dumps of this process's heap, and counts what
/// it finds. For one thread at a time, but for the count.
final class LeakSearch implements Departures.Search {

    private static final Logger LOG = LoggerFactory.getLogger(LeakSearch.class);

    private final HeapWalk walk;
    private final AtomicInteger leaks = new AtomicInteger();

    /// @param dumps folder for the dumps
    LeakSearch(Path dumps) {
        this.walk = new HeapWalk(dumps);
    }

    /// Deletes what a process left that ended while it looked.
    void removeLeft() {
        try {
            walk.removeLeft();
        } catch (IOException e) {
            LOG.warn("a heap dump of an earlier process cannot be deleted: {}", e.toString());
        }
    }

    /// How many class loaders something held, in all.
    int leaks() {
        return leaks.get();
    }

    @Override
    public Map<Suspect, String> holdersOf(List<Suspect> suspects) {
        Map<Suspect, String> texts = new HashMap<>();
        try {
            walk.holdersOf(suspects)
                    .forEach((suspect, holder) -> texts.put(suspect, holder.toString()));
            leaks.addAndGet(texts.size());
            texts.values()
                    .forEach(text ->
                            LOG.warn("the class loader of a plugin is not collected: {}", text));
        } catch (IOException e) {
            LOG.warn("what holds a plugin's class loader is not known: {}", e.toString());
            String text = "something that could not be looked for: " + e.getMessage();
            suspects.forEach(suspect -> texts.put(suspect, text));
        }
        return texts;
    }
}
