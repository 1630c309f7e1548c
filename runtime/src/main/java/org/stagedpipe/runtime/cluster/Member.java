package org.stagedpipe.runtime.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A process of a local cluster.
///
/// @param role overseer, coordinator, worker, or what else belongs to it
/// @param name unique in the cluster
/// @param pid of its process
/// @param startedMs when that started, since 1970: another process may get the same pid
/// @param addresses where it serves what
public record Member(
        String role, String name, long pid, long startedMs, Map<String, String> addresses) {

    /// Its process, as long as that runs.
    @JsonIgnore
    public Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> startedMs(process) == startedMs);
    }

    /// Where it serves its peers, empty if it has not said so.
    @JsonIgnore
    public String address() {
        return addresses.getOrDefault(role, "");
    }

    static long startedMs(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
