package org.stagedpipe.runtime.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What a node is called: as the command line says, or the file, or after its role and its host.
record NodeName(NodeOptions options, Map<String, Map<String, Object>> file) {

    String text() {
        if (options.name != null) {
            return options.name;
        }
        return file.values().stream()
                .map(values -> values.get("name"))
                .filter(Objects::nonNull)
                .map(Object::toString)
                .filter(name -> !name.isBlank())
                .findFirst()
                .orElseGet(() -> options.role + "-" + host());
    }

    private static String host() {
        try {
            String host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
            String first = host.replaceFirst("\\..*", "").replaceAll("[^a-z0-9-]", "");
            return first.isEmpty() ? "local" : first;
        } catch (UnknownHostException e) {
            return "local";
        }
    }
}
