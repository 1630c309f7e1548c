package org.stagedpipe.benchmarks.controlplane;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.osgi.framework.BundleActivator;
import org.stagedpipe.benchmarks.dataplane.PluginBundle;
import org.stagedpipe.benchmarks.karaf.Karaf;
import org.stagedpipe.benchmarks.karaf.bundle.Gateway;
import org.stagedpipe.benchmarks.karaf.bundle.Identity;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a stream of the same rate notices when the service behind it is updated in place in Apache Karaf, by `bundle:update`
/// over its ssh.
final class KarafUpdates implements AutoCloseable {

    private static final Duration WITHIN = Duration.ofSeconds(120);
    private static final Pattern ID = Pattern.compile("Bundle ID: (\\d+)");
    private static final byte[] ITEM = new byte[Gateway.ITEM];

    private final Path folder;
    private final Process process;
    private final SshClient ssh = SshClient.setUpDefaultClient();
    private final ClientSession session;
    private final int port;
    private final Latencies latencies = new Latencies();
    private volatile boolean stopping;

    private KarafUpdates(Path folder, Process process, Karaf karaf, int port) throws IOException {
        this.folder = folder;
        this.process = process;
        this.port = port;
        ssh.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        ssh.start();
        session = ssh.connect(Karaf.USER, "127.0.0.1", karaf.sshPort()).verify(WITHIN).getSession();
        session.addPasswordIdentity(Karaf.USER);
        session.auth().verify(WITHIN);
    }

    static KarafUpdates start(Path folder) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Karaf karaf = Karaf.in(folder.resolve("karaf"), Gateway.PORT + "=" + port);
        Process process =
                new ProcessBuilder(karaf.command())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            long end = System.nanoTime() + WITHIN.toNanos();
            while (!karaf.answers()) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IOException(
                            "Karaf does not answer (expected: within " + WITHIN + ")");
                }
                Thread.sleep(50);
            }
            return new KarafUpdates(folder, process, karaf, port);
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /// @param usualMs p99 of an item without updates
    /// @param updateMs the same with them
    record Pause(double usualMs, double updateMs) {}

    /// @param usual for how long nothing is updated
    /// @param every from one update to the next
    Pause measure(int updates, int warmUps, Duration usual, Duration every) throws Exception {
        install(bundle(Gateway.class));
        Path identity = bundle(Identity.class);
        String id = install(identity);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            BlockingQueue<Long> due = new LinkedBlockingQueue<>();
            Thread sender = Thread.ofPlatform().name("sender").start(() -> send(socket, due));
            Thread reader = Thread.ofPlatform().name("reader").start(() -> read(socket, due));
            for (int i = 1; i <= warmUps; i++) {
                update(id, identity, "1.0." + i);
            }
            int before = latencies.count();
            Thread.sleep(usual);
            int from = latencies.count();
            long next = System.nanoTime();
            for (int i = 1; i <= updates; i++) {
                update(id, identity, "1.1." + i);
                next += every.toNanos();
                LockSupport.parkNanos(next - System.nanoTime());
            }
            int to = latencies.count();
            stopping = true;
            sender.join();
            reader.join();
            return new Pause(latencies.p99Ms(before, from), latencies.p99Ms(from, to));
        }
    }

    private void send(Socket socket, BlockingQueue<Long> due) {
        try {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream());
            long next = System.nanoTime();
            while (!stopping) {
                due.add(next);
                out.write(ITEM);
                out.flush();
                next += Load.EVERY_NANOS;
                LockSupport.parkNanos(next - System.nanoTime());
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            stopping = true; // the reader sees the same
        }
    }

    private void read(Socket socket, BlockingQueue<Long> due) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] item = new byte[Gateway.ITEM];
            while (!stopping) {
                in.readFully(item);
                latencies.add(System.nanoTime() - due.take());
            }
        } catch (IOException | InterruptedException e) {
            stopping = true;
        }
    }

    private String install(Path bundle) throws IOException {
        String said = line("bundle:install -s " + bundle.toUri());
        Matcher id = ID.matcher(said);
        if (!id.find()) {
            throw new IOException("Karaf said: " + said + " (expected: a bundle's id)");
        }
        return id.group(1);
    }

    /// Waits until the load has been served by the new one.
    private void update(String id, Path bundle, String version) throws Exception {
        Path next = PluginBundle.reversioned(bundle, version);
        line("bundle:update " + id + " " + next.toUri());
        int served = latencies.count();
        while (latencies.count() <= served) {
            if (stopping) {
                throw new IOException("the stream through Karaf broke");
            }
            Thread.sleep(1);
        }
        Files.delete(next);
    }

    private String line(String line) throws IOException {
        return session.executeRemoteCommand(line);
    }

    private Path bundle(Class<? extends BundleActivator> activator) throws Exception {
        Path file = folder.resolve(activator.getSimpleName() + ".jar");
        try (Builder builder = new Builder()) {
            builder.setClasspath(
                    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                            .map(File::new)
                            .filter(File::exists)
                            .toArray(File[]::new));
            builder.setProperty("Bundle-SymbolicName", activator.getName());
            builder.setProperty("Bundle-Version", "1.0.0");
            builder.setProperty("Bundle-Activator", activator.getName());
            builder.setProperty("Private-Package", activator.getPackageName());
            builder.setProperty(
                    "-noee", "true"); // Karaf's table of Java versions ends before this one
            builder.setProperty("-noimportjava", "true");
            builder.setProperty("Import-Package", "!org.jspecify.annotations,*");
            try (Jar jar = builder.build()) {
                if (!builder.isOk()) {
                    throw new IOException("bnd: " + builder.getErrors() + builder.getWarnings());
                }
                jar.write(file.toFile());
            }
        }
        return file;
    }

    @Override
    public void close() throws Exception {
        stopping = true;
        session.close(true);
        ssh.stop();
        process.destroy();
        if (!process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
