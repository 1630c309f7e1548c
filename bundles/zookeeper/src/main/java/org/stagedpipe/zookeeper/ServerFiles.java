package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// The files of an embedded server: `server.cfg` with what is ours, beside it the list of members, which the server
/// itself rewrites whenever it changes, and the folder `data`.
///
/// Only `server.cfg` is written anew at each start; the file that it names as the list of members is the server's own, but
/// for a server that never had company, which may come back on other ports.
final class ServerFiles {

    private static final String LIST = "dynamicConfigFile";
    private static final int TICK_MS = 500;
    private static final int LOG_KB = 64 << 10; // of changes, at most, until the next snapshot
    private static final int LOG_STEP_KB = 4 << 10; // it grows by, and what is empty counts too

    private final Path folder;
    private final Terms terms;
    private final @Nullable KeyStores keys;

    /// @param keys null without TLS
    ServerFiles(Terms terms, @Nullable KeyStores keys) {
        this.folder = terms.folder();
        this.terms = terms;
        this.keys = keys;
    }

    Path configuration() {
        return folder.resolve("server.cfg");
    }

    /// Whether a server was here before.
    boolean exist() {
        return Files.exists(configuration());
    }

    /// The files of a server that is new.
    ///
    /// @param others those that are members already
    /// @return where it serves overseers
    int create(Member self, List<Member> others) throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/myid"), Long.toString(self.id()));
        List<Member> all = new ArrayList<>(others);
        all.add(self);
        Path list = Files.writeString(folder.resolve("server.cfg.members"), Member.lines(all));
        return write(list, port(0));
    }

    /// The files of a server that was here before.
    ///
    /// @return where it serves overseers
    int reopen() throws IOException, StoreException {
        Path list = list();
        List<Member> members = members();
        long id = id();
        Member known = member(id);
        if (members.size() > 1) {
            return write(list, Integer.parseInt(properties().getProperty(portKey(), "0")));
        }
        Path written =
                Files.writeString(
                        folder.resolve("members.new"), Member.lines(List.of(self(known.id()))));
        Files.move(written, list, StandardCopyOption.ATOMIC_MOVE);
        return write(list, port(0));
    }

    /// This server on ports that are configured, or free now.
    Member self(long id) throws IOException {
        return new Member(id, terms.advertised(), port(1), port(2));
    }

    /// This server's number.
    long id() throws IOException {
        return Long.parseLong(Files.readString(folder.resolve("data/myid")).strip());
    }

    /// The member of that number, as this server knew it last.
    ///
    /// @throws StoreException if there is none
    Member member(long id) throws IOException, StoreException {
        return members().stream()
                .filter(member -> member.id() == id)
                .findFirst()
                .orElseThrow(() ->
                        new StoreException(
                                configuration()
                                        + " does not list server "
                                        + id
                                        + " (expected: it does; an overseer that was taken out"
                                        + " joins with an empty folder)"));
    }

    /// The members as this server knew them last.
    List<Member> members() throws IOException {
        return Member.parse(Files.readString(list()));
    }

    private int port(int which) throws IOException {
        int configured = terms.ports().get(which);
        return configured == 0 ? FreePort.on(terms.host()) : configured;
    }

    private Path list() throws IOException {
        String list = properties().getProperty(LIST);
        if (list == null) {
            throw new IOException(configuration() + ": no " + LIST + " (expected: a file's name)");
        }
        return Path.of(list);
    }

    private Properties properties() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(configuration())) {
            properties.load(in);
        }
        return properties;
    }

    private String portKey() {
        return keys == null ? "clientPort" : "secureClientPort";
    }

    private int write(Path list, int clientPort) throws IOException {
        Properties all = new Properties();
        all.putAll(
                Map.of(
                        "dataDir",
                        folder.resolve("data").toString(),
                        LIST,
                        list.toString(),
                        portKey(),
                        Integer.toString(clientPort),
                        portKey() + "Address",
                        terms.host(),
                        "tickTime",
                        Integer.toString(TICK_MS),
                        "initLimit",
                        "20",
                        "syncLimit",
                        "2",
                        "standaloneEnabled",
                        "false",
                        "reconfigEnabled",
                        "true",
                        "maxClientCnxns",
                        "0"));
        all.putAll(
                Map.of(
                        "skipACL", "yes", // who may call at all is an overseer
                        "admin.enableServer", "false",
                        "4lw.commands.whitelist", "",
                        "autopurge.purgeInterval", "1",
                        "snapSizeLimitInKb", Integer.toString(LOG_KB),
                        "preAllocSize", Integer.toString(LOG_STEP_KB),
                        "forceSync", "yes"));
        if (keys != null) {
            all.putAll(keys.server());
        }
        Path written = folder.resolve("server.cfg.new");
        try (OutputStream out = Files.newOutputStream(written)) {
            all.store(out, null);
        }
        Files.move(written, configuration(), StandardCopyOption.ATOMIC_MOVE);
        return clientPort;
    }
}
