package org.stagedpipe.benchmarks.karaf.bundle;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.util.tracker.ServiceTracker;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Calls the service for whoever connects: items of 100 bytes in, the service's answers out, one after the other. While the
/// service is away it waits for it, as a proxy of Blueprint does.
public final class Gateway implements BundleActivator {

    /// Bytes.
    public static final int ITEM = 100;

    /// The system property with its port.
    public static final String PORT = "bench.port";

    private static final long LONGEST_AWAY_MS = 30_000;

    private @Nullable ServerSocket server;
    private @Nullable ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> tracker;

    @Override
    public void start(BundleContext context) throws IOException {
        ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> services =
                new ServiceTracker<>(context, UnaryOperator.class.getName(), null);
        services.open();
        tracker = services;
        ServerSocket listening =
                new ServerSocket(Integer.getInteger(PORT), 1, InetAddress.getLoopbackAddress());
        server = listening;
        Thread.ofPlatform().name("gateway").daemon().start(() -> serve(listening, services));
    }

    private static void serve(
            ServerSocket listening,
            ServiceTracker<UnaryOperator<byte[]>, UnaryOperator<byte[]>> services) {
        while (!listening.isClosed()) {
            try (Socket socket = listening.accept()) {
                socket.setTcpNoDelay(true);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                OutputStream out = new BufferedOutputStream(socket.getOutputStream());
                while (true) {
                    byte[] item = new byte[ITEM];
                    in.readFully(item);
                    out.write(
                            Objects.requireNonNull(services.waitForService(LONGEST_AWAY_MS))
                                    .apply(item));
                    out.flush();
                }
            } catch (IOException e) {
                // they have gone; the next one
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void stop(BundleContext context) throws IOException {
        Objects.requireNonNull(server).close();
        Objects.requireNonNull(tracker).close();
    }
}
