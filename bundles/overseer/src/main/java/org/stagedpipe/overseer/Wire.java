package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/// The catalogue's values and the same on the wire.
final class Wire {

    private Wire() {}

    static org.stagedpipe.protocol.v1.PluginVersion of(PluginVersion plugin) {
        return org.stagedpipe.protocol.v1.PluginVersion.newBuilder()
                .setName(plugin.name())
                .setVersion(plugin.version())
                .setSha256(bytes(plugin.sha256()))
                .setSize(plugin.size())
                .build();
    }

    static List<org.stagedpipe.protocol.v1.PluginVersion> of(Collection<PluginVersion> plugins) {
        return plugins.stream().map(Wire::of).toList();
    }

    static org.stagedpipe.protocol.v1.Library of(Library library) {
        return org.stagedpipe.protocol.v1.Library.newBuilder()
                .setSymbolicName(library.symbolicName())
                .setVersion(library.version())
                .setSha256(bytes(library.sha256()))
                .setSize(library.size())
                .build();
    }

    static ByteString bytes(String sha256) {
        return ByteString.copyFrom(HexFormat.of().parseHex(sha256));
    }

    /// A group's id as operators see it.
    static String uuid(ByteString group) {
        ByteBuffer bytes = group.asReadOnlyByteBuffer();
        return new UUID(bytes.getLong(), bytes.getLong()).toString();
    }

    static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
