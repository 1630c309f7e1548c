package org.stagedpipe.runtime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.runtime.Home;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// Which processes a cluster takes for its own.
class LocalClusterTest {

    private static final int STATE = 0;
    private static final int SESSION = 3;

    @TempDir Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessIsKnownByWhatNoSettingOfTheClockMoves() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            long upMs =
                    (long)
                            (Double.parseDouble(
                                            Files.readString(Path.of("/proc/uptime"))
                                                    .split(" ", -1)[0])
                                    * 1_000);
            long startedMs = Member.started(process.toHandle()) * 10; // a tick is 10 ms
            assertTrue(
                    startedMs <= upMs + 10 && startedMs > upMs - Duration.ofSeconds(30).toMillis(),
                    startedMs + " of " + upMs);
            assertTrue(member(process.toHandle(), 0).process().isPresent());
            assertTrue(member(process.toHandle(), 1).process().isEmpty());
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        }
        assertTrue(member(process.toHandle(), 0).process().isEmpty());
    }

    @Test
    void nobodyIsForgottenWhoseFolderIsInUse() throws Exception {
        Member gone = new Member("worker", "w1", ProcessHandle.current().pid(), 1, Map.of());
        Member lost = new Member("worker", "w2", ProcessHandle.current().pid(), 1, Map.of());
        ClusterFile file = new ClusterFile(folder);
        file.write(List.of(gone, lost));
        for (String name : List.of("w1", "w2")) {
            Files.createDirectories(folder.resolve(name));
            Files.createFile(folder.resolve(name).resolve("node.lock"));
        }
        Home home = new Home(folder, folder);
        LocalCluster cluster = LocalCluster.found(home, folder);
        try (FileChannel lock =
                FileChannel.open(folder.resolve("w2/node.lock"), StandardOpenOption.WRITE)) {
            assertTrue(lock.lock().isValid());
            assertNamesTheFolder(() -> LocalCluster.begin(home, folder));
            assertEquals(List.of(gone, lost), file.members());
            assertNamesTheFolder(cluster::stop);
            assertNamesTheFolder(() -> {
                try (StopAtExit _ = new StopAtExit(LocalCluster.found(home, folder))) {}
            });
        }
        assertEquals(List.of(lost), file.members());
        assertEquals(0, cluster.stop());
        assertEquals(List.of(), file.members());
    }

    private void assertNamesTheFolder(Executable executable) {
        String text = String.valueOf(assertThrows(ClusterException.class, executable).getMessage());
        assertTrue(text.startsWith(folder.resolve("w2") + " is used by "), text);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whoCannotBeEndedIsKeptAndNotCounted() throws Exception {
        LocalCluster cluster = LocalCluster.begin(new Home(folder, folder), folder);
        ProcessBuilder deaf = new ProcessBuilder("/bin/sh", "-c", "trap '' TERM; exec sleep 60");
        Member member = cluster.start("worker", "w1", deaf);
        try {
            awaitName(member, "sleep");
            cluster.start("worker", "w2", new ProcessBuilder("sleep", "60"));
            long deafPid = member.pid();
            Stopping vain =
                    new Stopping(
                            Duration.ofMillis(100),
                            one -> one.pid() != deafPid && one.destroyForcibly());
            String text =
                    String.valueOf(
                            assertThrows(
                                            ClusterException.class,
                                            LocalCluster.found(
                                                            new Home(folder, folder), folder, vain)
                                                    ::stop)
                                    .getMessage());
            assertTrue(text.startsWith("w1, pid " + member.pid() + ", cannot be ended"), text);
            assertEquals(List.of(member), new ClusterFile(folder).members());
            Stopping hard = new Stopping(Duration.ofMillis(1));
            assertEquals(1, LocalCluster.found(new Home(folder, folder), folder, hard).stop());
            assertEquals(List.of(), new ClusterFile(folder).members());
        } finally {
            member.process().ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aTerminalsSignalsAreNotForItsProcesses() throws Exception {
        LocalCluster cluster = LocalCluster.begin(new Home(folder, folder), folder);
        Member member = cluster.start("worker", "w1", new ProcessBuilder("sleep", "60"));
        try {
            awaitName(member, "sleep");
            assertEquals(member.pid(), Long.parseLong(stat(member.pid())[SESSION]));
        } finally {
            member.process().ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /// It goes to a file that nobody begins anew.
    @Test
    @EnabledOnOs(OS.LINUX)
    void aNodeIsToldToBoundWhatItWrites() throws Exception {
        Path script = folder.resolve("home/bin/stagedpipe");
        Files.createDirectories(folder.resolve("home/bin"));
        Files.writeString(script, "#!/bin/sh\necho $STAGEDPIPE_CLUSTER_OUTPUT\nexec sleep 60\n");
        assertTrue(script.toFile().setExecutable(true));
        Path home = folder.resolve("home");
        LocalCluster cluster = LocalCluster.begin(new Home(home, home), folder.resolve("cluster"));
        Member member = cluster.start("overseer", "o1", "");
        try {
            until(() -> cluster.reason("o1").equals("bounded"));
        } finally {
            member.process().ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void whyAMemberEndedIsInWhatItWroteLast() throws Exception {
        LocalCluster cluster = LocalCluster.begin(new Home(folder, folder), folder);
        assertEquals("it wrote nothing", cluster.reason("w1"));
        Files.writeString(
                cluster.out("w1"),
                "stagedpipe: long ago\n"
                        + "another line\n".repeat(10_000)
                        + "stagedpipe: why\nJDK\n");
        assertEquals("why", cluster.reason("w1"));
        Files.writeString(cluster.out("w1"), "\n" + "another line\n".repeat(10_000));
        assertEquals("another line", cluster.reason("w1"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whoseParentTakesNoNoticeHasEnded() throws Exception {
        String script = "sleep 60 & echo $!; exec sleep 60";
        Process parent = new ProcessBuilder("/bin/sh", "-c", script).start();
        try {
            long pid = Long.parseLong(String.valueOf(parent.inputReader().readLine()));
            Member member = member(ProcessHandle.of(pid).orElseThrow(), 0);
            assertTrue(member.process().isPresent());
            awaitName(member(parent.toHandle(), 0), "sleep");
            member.process().ifPresent(ProcessHandle::destroyForcibly);
            until(() -> stat(pid)[STATE].equals("Z"));
            assertTrue(member.process().isEmpty());
        } finally {
            parent.destroyForcibly();
        }
    }

    /// Waits until the process of a member runs that command.
    private static void awaitName(Member member, String name) throws Exception {
        Path file = Path.of("/proc/" + member.pid() + "/comm");
        until(() -> Files.readString(file).strip().equals(name));
    }

    private static void until(Callable<Boolean> isSo) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!isSo.call()) {
            assertTrue(System.nanoTime() < end, "not within 30 s");
            Thread.sleep(5);
        }
    }

    /// The fields after the name, proc_pid_stat(5).
    private static String[] stat(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    @Test
    void whatAnotherVersionWroteOfAMemberIsPassedOver() throws Exception {
        Files.writeString(
                folder.resolve("cluster.json"),
                "[{\"role\":\"worker\",\"name\":\"w1\",\"pid\":"
                        + ProcessHandle.current().pid()
                        + ",\"startedMs\":1,\"addresses\":{}}]");
        Member member = new ClusterFile(folder).members().getFirst();
        assertEquals("w1", member.name());
        assertTrue(member.process().isEmpty());
    }

    @Test
    void whoDoesNotStartIsNamedWithItsReason() throws Exception {
        assertEquals("w1 did not start: data: none", endOf("stagedpipe: data: none", "aot: done"));
        assertEquals("w1 did not start: killed", endOf("aot: done", "killed"));
        assertEquals("w1 did not start: it wrote nothing", endOf(" "));
    }

    /// What is said of a member that writes these lines and ends.
    private String endOf(String... lines) throws Exception {
        LocalCluster cluster = LocalCluster.begin(new Home(folder, folder), folder);
        String script = "printf '%s\\n' \"$@\"";
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
        command.addAll(List.of(lines));
        Member member = cluster.start("worker", "w1", new ProcessBuilder(command));
        return String.valueOf(
                assertThrows(ClusterException.class, () -> cluster.awaitReady(member))
                        .getMessage());
    }

    private static Member member(ProcessHandle process, int off) {
        return new Member("worker", "w1", process.pid(), Member.started(process) + off, Map.of());
    }
}
