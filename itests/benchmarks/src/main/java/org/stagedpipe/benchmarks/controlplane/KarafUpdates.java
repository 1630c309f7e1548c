package org.stagedpipe.benchmarks.controlplane;

import org.osgi.framework.BundleActivator;
import org.stagedpipe.benchmarks.dataplane.PluginBundle;
import org.stagedpipe.benchmarks.karaf.Karaf;
import org.stagedpipe.benchmarks.karaf.bundle.Gateway;
import org.stagedpipe.benchmarks.karaf.bundle.Identity;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// What a stream of the same rate notices when the service behind it is updated in place in Apache Karaf, by the calls of its
/// `bundle:update`.
final class KarafUpdates implements AutoCloseable {

    private static final Duration WITHIN = Duration.ofSeconds(120);
    private static final byte[] ITEM = new byte[Gateway.ITEM];

    private final Path identity;
    private final Process process;
    private final Socket items;
    private final Socket updates;
    private final BlockingQueue<Long> due = new LinkedBlockingQueue<>();
    private final Latencies latencies = new Latencies();
    private volatile boolean stopping;

    private KarafUpdates(Path folder, Process process, int port) throws Exception {
        this.process = process;
        this.identity = bundle(folder, Identity.class);
        this.items = connect(port, Gateway.ITEMS);
        this.updates = connect(port, Gateway.UPDATES);
    }

    /// Starts Karaf and installs the bundles.
    static KarafUpdates start(Path folder) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path data = folder.resolve("karaf");
        Karaf karaf = Karaf.in(data, Gateway.PORT + "=" + port);
        bundle(data.resolve("deploy"), Gateway.class);
        Process process =
                new ProcessBuilder(karaf.command())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            return new KarafUpdates(folder, process, port);
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private Socket connect(int port, int purpose) throws IOException, InterruptedException {
        long end = System.nanoTime() + WITHIN.toNanos();
        while (true) {
            try {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                socket.setSoTimeout((int) WITHIN.toMillis());
                socket.getOutputStream().write(purpose);
                return socket;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IOException("Karaf has not started the gateway", e);
                }
                Thread.sleep(50);
            }
        }
    }

    /// @param usualMs p99 of an item without updates
    /// @param updateMs the same with them
    record Pause(double usualMs, double updateMs) {}

    /// @param usual for how long nothing is updated
    /// @param every from one update to the next
    Pause measure(int count, int warmUps, Duration usual, Duration every) throws Exception {
        update("1.0.0");
        Thread sender = Thread.ofPlatform().name("sender").start(this::send);
        Thread reader = Thread.ofPlatform().name("reader").start(this::read);
        for (int i = 1; i <= warmUps; i++) {
            update("1.0." + i);
        }
        int before = latencies.count();
        Thread.sleep(usual);
        int from = latencies.count();
        long next = System.nanoTime();
        for (int i = 1; i <= count; i++) {
            update("1.1." + i);
            next += every.toNanos();
            LockSupport.parkNanos(next - System.nanoTime());
        }
        int to = latencies.count();
        if (stopping) {
            throw new IOException("the stream through Karaf broke");
        }
        stopping = true;
        sender.join();
        reader.join();
        return new Pause(latencies.p99Ms(before, from), latencies.p99Ms(from, to));
    }

    private void send() {
        try {
            OutputStream out = new BufferedOutputStream(items.getOutputStream());
            long next = System.nanoTime();
            while (!stopping) {
                due.add(next);
                out.write(ITEM);
                out.flush();
                next += Load.EVERY_NANOS;
                LockSupport.parkNanos(next - System.nanoTime());
            }
            items.shutdownOutput();
        } catch (IOException e) {
            stopping = true;
        }
    }

    private void read() {
        try {
            DataInputStream in = new DataInputStream(items.getInputStream());
            byte[] item = new byte[Gateway.ITEM];
            while (!stopping) {
                in.readFully(item);
                latencies.add(System.nanoTime() - due.take());
            }
        } catch (IOException | InterruptedException e) {
            stopping = true;
        }
    }

    private void update(String version) throws IOException {
        Path next = PluginBundle.reversioned(identity, version);
        DataOutputStream out = new DataOutputStream(updates.getOutputStream());
        out.writeUTF(next.toUri().toString());
        out.flush();
        if (updates.getInputStream().read() != Gateway.UPDATES) {
            throw new IOException("Karaf does not take " + version + " (expected: an update)");
        }
        Files.delete(next);
    }

    private static Path bundle(Path folder, Class<? extends BundleActivator> activator)
            throws Exception {
        return PluginBundle.build(
                folder.resolve(activator.getSimpleName() + ".jar"),
                Map.of(
                        "Bundle-SymbolicName",
                        activator.getName(),
                        "Bundle-Version",
                        "1.0.0",
                        "Bundle-Activator",
                        activator.getName(),
                        "Private-Package",
                        activator.getPackageName()));
    }

    @Override
    public void close() throws Exception {
        stopping = true;
        items.close();
        updates.close();
        process.destroy();
        if (!process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
