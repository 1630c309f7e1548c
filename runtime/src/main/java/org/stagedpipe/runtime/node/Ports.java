package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.features.RoleFeature;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;

/// Moves all ports of a node by the same distance, so that one number on the command line says them all.
///
/// @param first the port that the feature gives its first configuration
/// @param given what that port becomes; null moves nothing, 0 takes free ones
record Ports(int first, @Nullable Integer given) {

    static Ports of(RoleFeature feature, @Nullable Integer given) {
        int first =
                feature.configurations().values().stream()
                        .filter(values -> values.containsKey("port"))
                        .mapToInt(values -> number(values.get("port")))
                        .min()
                        .orElse(0);
        return new Ports(first, given);
    }

    /// Replaces the ports among the values; how far, the feature's own numbers say.
    void move(Map<String, Object> defaults, Map<String, Object> values) {
        if (given == null) {
            return;
        }
        defaults.forEach((key, value) -> {
            if (key.equals("port") || key.endsWith("Port")) {
                values.put(key, given == 0 ? 0 : number(value) + given - first);
            }
        });
    }

    /// A port of the loopback interface that was free a moment ago.
    static int free() throws StartException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StartException("no free port: " + e.getMessage());
        }
    }

    static int number(@Nullable Object value) {
        return value instanceof Number number ? number.intValue() : -1;
    }
}
