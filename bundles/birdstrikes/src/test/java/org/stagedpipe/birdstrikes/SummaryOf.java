package org.stagedpipe.birdstrikes;

import org.stagedpipe.api.Plugin;

import java.util.List;
import java.util.UUID;

/// Runs small items.
final class SummaryOf {

    private SummaryOf() {}

    static Summary nothing(Plugin<Batch, LoadConfig, Warehouse> plugin, String url)
            throws Exception {
        try (Warehouse warehouse = plugin.open(LoadConfig.of(url, null, null, "nothing"))) {
            return Delivered.run(plugin, warehouse, UUID.randomUUID(), 0, new Lines(List.of()));
        }
    }
}
