package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ResidentTest {

    private static final long MIB = 1 << 20;

    @TempDir Path folder;
    private Path process;
    private Path groups;

    @BeforeEach
    void files() throws IOException {
        process = Files.createDirectories(folder.resolve("proc"));
        groups = Files.createDirectories(folder.resolve("groups"));
        Files.writeString(process.resolve("status"), "VmPeak:\t 900 kB\nVmRSS:\t     512 kB\n");
    }

    private static final Resident.Kept NOTHING = new Resident.Kept(0, 0, 0);

    private void write(String file, String text) throws IOException {
        Path path = groups.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    @Test
    void filesThatAreMappedDoNotCount() throws IOException {
        Files.writeString(process.resolve("cgroup"), "0::/\n");
        Files.writeString(
                process.resolve("status"),
                "VmRSS:\t 900 kB\nRssAnon:\t 400 kB\nRssFile:\t 388 kB\nRssShmem:\t 112 kB\n");
        write("memory.max", "1048576");
        assertEquals(0.5, Resident.of(process, groups).part(NOTHING));
    }

    @Test
    void theLowestLimitOfAllGroupsCounts() throws IOException {
        Files.writeString(process.resolve("cgroup"), "0::/a/b\n");
        write("a/b/memory.max", "max");
        write("a/memory.max", "1048576");
        write("memory.max", "9048576");
        assertEquals(0.5, Resident.of(process, groups).part(NOTHING));
    }

    @Test
    void versionOneIsReadToo() throws IOException {
        Files.writeString(process.resolve("cgroup"), "5:cpu:/\n4:memory:/x\n0::/\n");
        write("memory/x/memory.limit_in_bytes", "2097152");
        write("memory/memory.limit_in_bytes", "9223372036854771712");
        assertEquals(0.25, Resident.of(process, groups).part(NOTHING));
    }

    @Test
    void withoutALimitItSaysNothing() throws IOException {
        Files.writeString(process.resolve("cgroup"), "4:memory:/x\n");
        write("memory/x/memory.limit_in_bytes", "9223372036854771712");
        assertEquals(0, Resident.of(process, groups).part(NOTHING));
        assertEquals(0, Resident.of(folder.resolve("none"), groups).part(NOTHING));
    }

    @Test
    void thisProcessCanBeRead() {
        Resident resident = Resident.ofThisProcess();
        double part = resident.part(NOTHING);
        assertTrue(part >= 0 && part <= 1);
    }

    /// -Xmx512m, 64 MiB of direct memory, and 300 MiB more. Pauses from 80 % on, goes on at 65 %.
    @ParameterizedTest
    @CsvSource({
        // resident, limit, heap, most heap, kept buffers: all in MiB; what is shown of 100
        "150, 876, 60, 512, 0, 17", // begins, of 876
        "676, 876, 512, 512, 64, 27", // the heap was full once, and the buffers: goes on
        "700, 876, 512, 512, 20, 46", // a pause for another reason ends
        "830, 876, 512, 512, 20, 82", // lost beside the heap
        "876, 876, 512, 512, 0, 100",
        "8300, 8556, 8192, 8192, 0, 30", // the whole says nothing of a large one
        "400, 876, 512, 512, 64, 0", // a heap whose pages were never touched
        "450, 500, 500, 512, 0, 90", // the limit is below the heap's
    })
    void whatTheProcessKeepsForLaterDoesNotCount(
            long resident, long limit, long heap, long mostHeap, long buffers, int percent)
            throws IOException {
        Files.writeString(process.resolve("cgroup"), "0::/\n");
        Files.writeString(process.resolve("status"), "VmRSS: " + resident * 1_024 + " kB\n");
        write("memory.max", "" + limit * MIB);
        double part =
                Resident.of(process, groups)
                        .part(new Resident.Kept(heap * MIB, mostHeap * MIB, buffers * MIB));
        assertEquals(percent, Math.round(part * 100));
    }
}
