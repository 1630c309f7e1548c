package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Stands before one port of a node and passes on what comes, as its [Weather] allows. Owns a virtual thread that accepts,
/// and four for each connection.
final class Proxy implements AutoCloseable {

    private final ServerSocket server;
    private final Weather weather = new Weather();
    private final Set<ProxyLink> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong passed = new AtomicLong();
    private volatile @Nullable Endpoint target;
    private volatile boolean cut;

    private Proxy(ServerSocket server) {
        this.server = server;
    }

    /// Listens there; port 0 takes any free one. It refuses everybody before it knows where to go.
    static Proxy open(Endpoint at) throws IOException {
        Proxy proxy = new Proxy(new ServerSocket(at.port(), 128, InetAddress.getByName(at.host())));
        Thread.ofVirtual().name("proxy-accept-" + proxy.endpoint()).start(proxy::accept);
        return proxy;
    }

    /// Passes on to there.
    void to(Endpoint node) {
        target = node;
    }

    Endpoint endpoint() {
        return new Endpoint(server.getInetAddress().getHostAddress(), server.getLocalPort());
    }

    Weather weather() {
        return weather;
    }

    /// Ends all connections, and every new one at once.
    ///
    /// @return how many there were
    int cut() {
        cut = true;
        return breakAll();
    }

    /// Ends all connections; new ones pass.
    ///
    /// @return how many there were
    int breakAll() {
        return each(ProxyLink::reset);
    }

    /// The node loses all connections that it has; its peers hear nothing of it.
    ///
    /// @return how many there were
    int halfOpen() {
        return each(ProxyLink::loseNode);
    }

    /// The connections that are open now.
    Set<ProxyLink> links() {
        return Set.copyOf(links);
    }

    /// Bytes that came through, both ways, since it is open.
    long passed() {
        return passed.get();
    }

    /// Everything flows again. What is half open stays so until its peer gives up.
    void clear() {
        cut = false;
        weather.clear();
        links.forEach(link -> link.trickle(Long.MAX_VALUE));
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new IllegalStateException("a listening socket does not close", e);
        }
        weather.clear();
        breakAll();
    }

    private int each(Consumer<ProxyLink> fault) {
        List<ProxyLink> hit = List.copyOf(links);
        hit.forEach(fault);
        return hit.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket peer = server.accept();
                Thread.ofVirtual().name("proxy-connect-" + endpoint()).start(() -> connect(peer));
            } catch (IOException e) {
                // closed, or the peer went away already
            }
        }
    }

    private void connect(Socket peer) {
        Endpoint node = target;
        try {
            if (node == null || cut) {
                ProxyLink.reset(peer);
                return;
            }
            Socket behind = new Socket(node.host(), node.port());
            ProxyLink link = new ProxyLink(peer, behind, weather, passed, links::remove);
            links.add(link);
            link.start();
            if (cut) {
                link.reset();
            }
        } catch (IOException e) {
            ProxyLink.reset(
                    peer); // the node does not listen; its peer hears the same as without a proxy
        }
    }
}
