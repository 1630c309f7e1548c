package org.stagedpipe.runtime.node;

import java.time.Duration;
import java.util.Properties;

/// What the JDK's HTTP server, on which an overseer serves its repository, bears of whoever connects. By itself it would keep
/// connections that send half a request, or half a TLS handshake, for ever.
///
/// @param request until a request is whole, the handshake before it included
/// @param response until its answer is read
/// @param connections at once
record HttpLimits(Duration request, Duration response, int connections) {

    /// A bundle of 100 MiB within an hour is 29 kB/s.
    static final HttpLimits USUAL =
            new HttpLimits(Duration.ofSeconds(30), Duration.ofHours(1), 1_000);

    /// Sets them, unless others are set. To be called before anybody makes a server: the JDK reads them once.
    void set(Properties system) {
        system.putIfAbsent("sun.net.httpserver.maxReqTime", Long.toString(request.toSeconds()));
        system.putIfAbsent("sun.net.httpserver.maxRspTime", Long.toString(response.toSeconds()));
        system.putIfAbsent("jdk.httpserver.maxConnections", Integer.toString(connections));
    }
}
