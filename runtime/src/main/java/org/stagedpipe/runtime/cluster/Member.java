package org.stagedpipe.runtime.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A process of a local cluster. What another version wrote of one and this one does not know is passed over: nobody is known
/// without the time it started, and whose folder is in use is named.
///
/// @param role overseer, coordinator, worker, or what else belongs to it
/// @param name unique in the cluster
/// @param pid of its process
/// @param started when that started, since another process may get the same pid: on Linux in ticks since the machine's start, for a
///     time of day moves whenever the clock is set; elsewhere in ms since 1970
/// @param addresses where it serves what
@JsonIgnoreProperties(ignoreUnknown = true)
public record Member(
        String role, String name, long pid, long started, Map<String, String> addresses) {

    private static final int START_TIME = 19; // of the fields after the name, proc_pid_stat(5)
    private static final Set<String> ENDED = Set.of("Z", "X", "x"); // the first of them

    /// Its process, as long as that runs; not if it has ended and only its parent has not heard of it, as it may be in a container whose
    /// first process takes no notice.
    @JsonIgnore
    public Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> started(process) == started && started > 0);
    }

    /// Where it serves its peers, empty if it has not said so.
    @JsonIgnore
    public String address() {
        return addresses.getOrDefault(role, "");
    }

    /// 0 if it has ended.
    static long started(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return ENDED.contains(fields[0]) ? 0 : Long.parseLong(fields[START_TIME]);
        } catch (IOException e) { // it has ended, or there is no such file
            return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        }
    }
}
