package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/// The catalogue's values and the same on the wire.
final class Wire {

    private Wire() {}

    static org.stagedpipe.protocol.v1.PluginVersion of(PluginVersion plugin) {
        return org.stagedpipe.protocol.v1.PluginVersion.newBuilder()
                .setName(plugin.name())
                .setVersion(plugin.version())
                .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(plugin.sha256())))
                .setSize(plugin.size())
                .build();
    }

    static List<org.stagedpipe.protocol.v1.PluginVersion> of(Collection<PluginVersion> plugins) {
        return plugins.stream().map(Wire::of).toList();
    }

    static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
