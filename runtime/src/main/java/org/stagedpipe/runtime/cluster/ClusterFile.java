package org.stagedpipe.runtime.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.stagedpipe.cluster.WholeFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// `cluster.json` in the folder of a local cluster: the processes that were started for it and not yet stopped.
public final class ClusterFile {

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path file;

    /// Of the cluster in that folder.
    public ClusterFile(Path folder) {
        this.file = folder.resolve("cluster.json");
    }

    /// All members, also those whose process has ended; empty if there is no cluster.
    ///
    /// @throws IOException if the file cannot be read
    public List<Member> members() throws IOException {
        try {
            return JSON.readValue(Files.readAllBytes(file), new TypeReference<List<Member>>() {});
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": " + e.getOriginalMessage(), e);
        }
    }

    /// The overseers that run; all that were started, if none does.
    public List<Member> overseers() throws IOException {
        List<Member> all =
                members().stream().filter(member -> member.role().equals("overseer")).toList();
        List<Member> running = all.stream().filter(one -> one.process().isPresent()).toList();
        return running.isEmpty() ? all : running;
    }

    /// Whether a process of the cluster runs.
    boolean isRunning() throws IOException {
        return members().stream().anyMatch(member -> member.process().isPresent());
    }

    void write(List<Member> members) throws IOException {
        if (members.isEmpty()) {
            Files.deleteIfExists(file);
            return;
        }
        WholeFile.write(file, JSON.writeValueAsString(members));
    }
}
