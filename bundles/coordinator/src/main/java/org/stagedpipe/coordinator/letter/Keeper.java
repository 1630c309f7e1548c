package org.stagedpipe.coordinator.letter;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.function.Supplier;

/// Keeps the items that fail in one group. For the group's own turn; it writes there, so that the letter is on its way to
/// the disk before the client hears of the fault.
public final class Keeper {

    private final Letters letters;
    private final ByteString group;
    private final Supplier<PluginVersion> plugin;
    private final String client;

    Keeper(Letters letters, ByteString group, Supplier<PluginVersion> plugin, String client) {
        this.letters = letters;
        this.group = group;
        this.plugin = plugin;
        this.client = client;
    }

    /// Keeps an item, or counts it as dropped if there is no room for it.
    ///
    /// @param key 0 in a group that is not keyed
    /// @param size of the item
    /// @param data its bytes; read once, here
    public void keep(ItemFault fault, long key, long size, Iterable<ByteString> data) {
        letters.keep(this, fault, key, new LetterFile.Data(size, data));
    }

    /// An item failed of which not all bytes are here.
    public void miss() {
        letters.miss(this);
    }

    ByteString group() {
        return group;
    }

    PluginVersion plugin() {
        return plugin.get();
    }

    String client() {
        return client;
    }
}
