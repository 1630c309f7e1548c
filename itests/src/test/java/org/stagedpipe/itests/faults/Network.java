package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.FreePorts;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is between the nodes of a cluster with TLS: before each node a [Proxy], and between each node and the overseer
/// another one.
///
/// A node advertises the address of its proxy. The overseer advertises a name, and the hosts file of each node leads that
/// name to the node's own proxy: it has no other way to the overseer, whatever the overseer tells it.
final class Network implements AutoCloseable {

    private static final String BEHIND_PROXIES = "127.0.0.2";
    private static final String OVERSEER = "localhost"; // for the tests and for the overseer itself
    private static final int FIRST_HOST = 11; // the last number of the first node's way to it

    private final Path folder;
    private final Certificates certificates;
    private final Map<String, Proxy> proxies = new LinkedHashMap<>();

    /// Its files are in that folder.
    Network(Path folder) throws Exception {
        this.folder = folder;
        this.certificates = Certificates.in(folder.resolve("tls"));
    }

    /// Of whoever acts as that role.
    Security security(String role) throws Exception {
        return new Security(certificates.role(role));
    }

    /// What stands before a node's port, or `<node>-overseer` between a node and the overseer.
    Proxy proxy(String name) {
        Proxy proxy = proxies.get(name);
        if (proxy == null) {
            throw new IllegalArgumentException("no proxy " + name + " in " + proxies.keySet());
        }
        return proxy;
    }

    /// The port that a node must listen on; its proxy has the same one of another loopback address.
    int portOf(String node) throws IOException {
        Proxy known = proxies.get(node);
        if (known != null) {
            return known.endpoint().port();
        }
        int port = FreePorts.adjacent(1);
        open(node, new Endpoint(BEHIND_PROXIES, port), new Endpoint("127.0.0.1", port));
        return port;
    }

    /// Where a node finds the overseer that listens on that port.
    Endpoint overseerOf(String node, int port) throws IOException {
        String name = node + "-overseer";
        Path hosts = hosts(node);
        if (!proxies.containsKey(name)) {
            String host = "127.0.0." + (FIRST_HOST + proxies.size());
            Files.writeString(hosts, host + " " + OVERSEER + "\n");
            open(name, new Endpoint(host, port), new Endpoint("127.0.0.1", port));
        }
        return new Endpoint(OVERSEER, port);
    }

    /// Options for the Java process of a node.
    String javaOptions(String node) throws IOException {
        Path hosts = hosts(node);
        return Files.exists(hosts) ? " -Djdk.net.hosts.file=" + hosts : "";
    }

    /// More arguments of a node.
    List<String> arguments(String role, String node) throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf-" + node));
        if (!Files.exists(conf.resolve(role + ".json"))) {
            Security.PemFiles files = certificates.of(role, node);
            Files.writeString(
                    conf.resolve(role + ".json"),
                    """
                    {"org.stagedpipe.%s": {"advertise": "%s",
                      "tlsCertificate": "%s", "tlsKey": "%s", "tlsAuthorities": "%s"%s}}
                    """
                            .formatted(
                                    role,
                                    role.equals("overseer") ? OVERSEER : BEHIND_PROXIES,
                                    files.certificate(),
                                    files.key(),
                                    files.authorities(),
                                    role.equals("worker") ? ", \"trustedKeys\": \"any\"" : ""));
        }
        return List.of("--conf", conf.toString());
    }

    /// Everything flows.
    void clear() {
        proxies.values().forEach(Proxy::clear);
    }

    @Override
    public void close() {
        proxies.values().forEach(Proxy::close);
    }

    private void open(String name, Endpoint at, Endpoint node) throws IOException {
        Proxy proxy = Proxy.open(at);
        proxy.to(node);
        proxies.put(name, proxy);
    }

    private Path hosts(String node) {
        return folder.resolve("hosts-" + node);
    }
}
