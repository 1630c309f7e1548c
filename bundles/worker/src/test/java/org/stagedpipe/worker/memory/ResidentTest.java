package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ResidentTest {

    @TempDir Path folder;
    private Path process;
    private Path groups;

    @BeforeEach
    void files() throws IOException {
        process = Files.createDirectories(folder.resolve("proc"));
        groups = Files.createDirectories(folder.resolve("groups"));
        Files.writeString(process.resolve("status"), "VmPeak:\t 900 kB\nVmRSS:\t     512 kB\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = groups.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    @Test
    void theLowestLimitOfAllGroupsCounts() throws IOException {
        Files.writeString(process.resolve("cgroup"), "0::/a/b\n");
        write("a/b/memory.max", "max");
        write("a/memory.max", "1048576");
        write("memory.max", "9048576");
        assertEquals(0.5, Resident.of(process, groups).part());
    }

    @Test
    void versionOneIsReadToo() throws IOException {
        Files.writeString(process.resolve("cgroup"), "5:cpu:/\n4:memory:/x\n0::/\n");
        write("memory/x/memory.limit_in_bytes", "2097152");
        write("memory/memory.limit_in_bytes", "9223372036854771712");
        assertEquals(0.25, Resident.of(process, groups).part());
    }

    @Test
    void withoutALimitItSaysNothing() throws IOException {
        Files.writeString(process.resolve("cgroup"), "4:memory:/x\n");
        write("memory/x/memory.limit_in_bytes", "9223372036854771712");
        assertEquals(0, Resident.of(process, groups).part());
        assertEquals(0, Resident.of(folder.resolve("none"), groups).part());
    }

    @Test
    void thisProcessCanBeRead() {
        Resident resident = Resident.ofThisProcess();
        assertTrue(resident.part() >= 0 && resident.part() <= 1);
    }
}
