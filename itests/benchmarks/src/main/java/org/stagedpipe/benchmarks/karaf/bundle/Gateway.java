package org.stagedpipe.benchmarks.karaf.bundle;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.util.tracker.ServiceTracker;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Calls the service for whoever connects: items of 100 bytes in, the service's answers out, one after the other. While the
/// service is away it waits for it, as a proxy of Blueprint does. Another connection has the service's bundle updated, as
/// Karaf's `bundle:update` does it, whose shell does not run on this JDK.
public final class Gateway implements BundleActivator {

    /// Bytes.
    public static final int ITEM = 100;

    /// The first byte of a connection with items.
    public static final int ITEMS = 1;

    /// The first byte of a connection with URLs of bundles, each answered with one byte once it has started.
    public static final int UPDATES = 2;

    /// The system property with its port.
    public static final String PORT = "bench.port";

    private static final long LONGEST_AWAY_MS = 30_000;
    private static final String LOCATION = "updated-in-place";

    private @Nullable ServerSocket server;
    private @Nullable ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> tracker;

    @Override
    public void start(BundleContext context) throws IOException {
        ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> services =
                new ServiceTracker<>(context, UnaryOperator.class.getName(), null);
        services.open();
        tracker = services;
        ServerSocket listening =
                new ServerSocket(Integer.getInteger(PORT), 2, InetAddress.getLoopbackAddress());
        server = listening;
        Thread.ofPlatform()
                .name("gateway")
                .daemon()
                .start(() -> accept(listening, context, services));
    }

    private static void accept(
            ServerSocket listening,
            BundleContext context,
            ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> services) {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                Thread.ofPlatform()
                        .name("gateway-connection")
                        .daemon()
                        .start(() -> serve(socket, context, services));
            } catch (IOException e) {
                return; // it stops
            }
        }
    }

    private static void serve(
            Socket connection,
            BundleContext context,
            ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> services) {
        try (Socket socket = connection;
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()))) {
            socket.setTcpNoDelay(true);
            boolean items = in.read() == ITEMS;
            while (true) {
                if (items) {
                    byte[] item = new byte[ITEM];
                    in.readFully(item);
                    out.write(
                            Objects.requireNonNull(services.waitForService(LONGEST_AWAY_MS))
                                    .apply(item));
                } else {
                    update(context, in.readUTF());
                    out.write(UPDATES);
                }
                out.flush();
            }
        } catch (IOException e) {
            // they have gone
        } catch (BundleException | InterruptedException e) {
            throw new IllegalStateException(e); // which ends the connection
        }
    }

    private static void update(BundleContext context, String url)
            throws IOException, BundleException {
        try (InputStream bytes = URI.create(url).toURL().openStream()) {
            Bundle bundle = context.getBundle(LOCATION);
            if (bundle == null) {
                context.installBundle(LOCATION, bytes).start();
            } else {
                bundle.update(bytes);
            }
        }
    }

    @Override
    public void stop(BundleContext context) throws IOException {
        Objects.requireNonNull(server).close();
        Objects.requireNonNull(tracker).close();
    }
}
