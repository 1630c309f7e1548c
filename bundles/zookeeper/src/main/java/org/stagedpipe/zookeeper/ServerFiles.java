package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.WholeFile;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The files of an embedded server: `server.cfg` with what is ours, beside it the list of members, which the server
/// itself rewrites whenever it changes, and the folder `data`.
///
/// Only `server.cfg` is written anew at each start; the file that it names as the list of members is the server's own, but
/// for a server that never had company, which may come back on other ports. While the file `joining` is there, from before the
/// first of the others until the server has what the members have, all of them are a try that ended: the next one begins anew.
/// While the file `adding` is there, from then on until the server is a member, it may be one and not know it: its own list is
/// theirs already, in which it may be missing. So it goes on, with itself in the list, as the file says.
final class ServerFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ServerFiles.class);
    private static final String LIST = "dynamicConfigFile";
    private static final String FIRST_LIST = "server.cfg.members";
    private static final String NUMBER = "data/myid";
    private static final String VALUES = "data/version-2";
    private static final Pattern COPIES =
            Pattern.compile("(?:snapshot|log)\\..+"); // ZooKeeper's names

    /// The first list of members, and those that the server writes; what is only proposed ends with `next`.
    private static final Pattern LISTS =
            Pattern.compile("server\\.cfg\\.(?:members|dynamic\\.([0-9a-f]{1,16}))");

    private static final int TICK_MS = 500;
    private static final int LOG_KB = 64 << 10; // of changes, at most, until the next snapshot
    private static final int LOG_STEP_KB = 4 << 10; // it grows by, and what is empty counts too

    private final Path folder;
    private final Terms terms;
    private final Reach reach;
    private final @Nullable KeyStores keys;

    /// @param keys null without TLS
    ServerFiles(Terms terms, @Nullable KeyStores keys) {
        this.folder = terms.folder();
        this.terms = terms;
        this.reach = new Reach(terms);
        this.keys = keys;
    }

    Path configuration() {
        return folder.resolve("server.cfg");
    }

    /// Where the members are by the list that a configuration names, for people; the configuration if that cannot be read.
    static String places(Path configuration) {
        List<Member> members = List.of();
        try {
            Path list = Path.of(properties(configuration).getProperty(LIST, ""));
            members = Member.parse(Files.readString(list));
        } catch (IOException e) {
            LOG.debug("{}: {}", configuration, e.getMessage());
        }
        return members.isEmpty()
                ? "those in " + configuration
                : members.stream()
                        .map(member -> Member.at(member.host(), member.quorumPort()))
                        .collect(Collectors.joining(", "));
    }

    /// Whether a server was here before, and not only a try to join.
    boolean exist() {
        return Files.exists(configuration()) && !areUnfinished();
    }

    /// Whether a process ended here before its server had what the members have.
    boolean areUnfinished() {
        return Files.exists(joining());
    }

    private Path joining() {
        return folder.resolve("joining");
    }

    private Path adding() {
        return folder.resolve("adding");
    }

    /// The files of a server that is to join, without what an earlier try left.
    ///
    /// @return where it serves overseers
    int createJoining(Member self, List<Member> others) throws IOException, StoreException {
        WholeFile.write(joining(), Member.lines(List.of(self)));
        List<Path> left;
        try (Stream<Path> files = Files.walk(folder)) {
            left =
                    files.filter(file -> isServers(folder.relativize(file)))
                            .sorted(Comparator.reverseOrder())
                            .toList();
        }
        for (Path file : left) {
            Files.delete(file);
        }
        return create(self, others);
    }

    private static boolean isServers(Path file) {
        return file.startsWith("data")
                || file.startsWith("adding")
                || file.toString().startsWith("server.cfg");
    }

    /// The server has what the members have. Before it is made one of them: as one of two it is needed for whatever they do next.
    void joined() throws IOException {
        WholeFile.write(adding(), Files.readString(joining()));
        WholeFile.delete(joining());
    }

    /// The server is a member.
    void added() throws IOException {
        WholeFile.delete(adding());
    }

    /// The files of a server that is new.
    ///
    /// @param others those that are members already
    /// @return where it serves overseers
    int create(Member self, List<Member> others) throws IOException, StoreException {
        Files.createDirectories(folder.resolve("data"));
        WholeFile.write(folder.resolve(NUMBER), Long.toString(self.id()));
        List<Member> all = new ArrayList<>(others);
        all.add(self);
        Path list = folder.resolve(FIRST_LIST);
        WholeFile.write(list, Member.lines(all));
        return write(list, self, clientPort(self, 0), false);
    }

    /// The files of a server that was here before.
    ///
    /// @return where it serves overseers
    int reopen() throws IOException, StoreException {
        Path list = list();
        List<Member> members = members();
        Member known = member(id());
        if (!members.contains(known)) {
            list = folder.resolve(FIRST_LIST);
            members = Stream.concat(members.stream(), Stream.of(known)).toList();
            WholeFile.write(list, Member.lines(members));
        }
        if (members.size() > 1) {
            requireValues();
            warn(reach.unused(known));
            String before = properties().getProperty(portKey(), "0");
            return write(list, known, clientPort(known, Integer.parseInt(before)), true);
        }
        Member self = again(known);
        WholeFile.write(list, Member.lines(List.of(self)));
        return write(list, self, clientPort(self, 0), false);
    }

    private static void warn(String text) {
        if (!text.isEmpty()) {
            LOG.warn("{}", text);
        }
    }

    /// A server that has lost its copy knows of no write, and would vote as if there had been none: with another one that was away
    /// it could take back what was acknowledged.
    private void requireValues() throws IOException {
        Path values = folder.resolve(VALUES);
        if (Files.isDirectory(values)) {
            try (Stream<Path> files = Files.list(values)) {
                if (files.anyMatch(
                        file -> COPIES.matcher(file.getFileName().toString()).matches())) {
                    return;
                }
            }
        }
        throw new IOException(
                values
                        + " holds no copy of what the overseers share (expected: this server's;"
                        + " with "
                        + folder
                        + " empty it joins anew)");
    }

    /// This server on ports that are configured, or free now.
    Member self(long id) throws IOException {
        int quorum = port(1, 0);
        return new Member(id, terms.advertised(), quorum, port(2, 0, quorum));
    }

    /// A server that may have other ports now, on those that it had if they are free: one that was about to join looks for it there.
    private Member again(Member known) throws IOException {
        int quorum = port(1, known.quorumPort());
        return new Member(
                known.id(), terms.advertised(), quorum, port(2, known.electionPort(), quorum));
    }

    /// This server's number.
    ///
    /// @throws IOException if it is not there, with those that it may be
    long id() throws IOException {
        Path file = folder.resolve(NUMBER);
        String text = Files.exists(file) ? Files.readString(file).strip() : "";
        if (!text.matches("[0-9]{1,18}")) {
            throw new IOException(
                    file
                            + ": \""
                            + text
                            + "\" (expected: the number of this server, which is one of "
                            + String.join(", ", members().stream().map(Member::toString).toList())
                            + ")");
        }
        return Long.parseLong(text);
    }

    /// The member of that number, as this server knew it last; one that may not be a member yet as it will be.
    ///
    /// @throws StoreException if there is none
    Member member(long id) throws IOException, StoreException {
        List<Member> known = new ArrayList<>(members());
        if (Files.exists(adding())) {
            known.addAll(Member.parse(Files.readString(adding())));
        }
        return known.stream()
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

    /// In no list of members, so that it may change.
    private int clientPort(Member self, int before) throws IOException {
        return port(0, before, self.quorumPort(), self.electionPort());
    }

    /// @param before that it had, 0 for none
    private int port(int which, int before, Integer... taken) throws IOException {
        int configured = terms.ports().get(which);
        if (configured != 0) {
            return configured;
        }
        return before == 0
                ? FreePort.on(terms.host(), taken)
                : FreePort.preferably(terms.host(), before, taken);
    }

    /// What the configuration names; the newest that names a member if that was on its way to the disk when the machine died.
    private Path list() throws IOException {
        String named = properties().getProperty(LIST);
        if (named != null && namesMembers(Path.of(named))) {
            return Path.of(named);
        }
        List<Path> newest;
        try (Stream<Path> files = Files.list(folder)) {
            newest =
                    files.filter(file -> version(file) >= 0)
                            .sorted(Comparator.comparing(ServerFiles::version).reversed())
                            .toList();
        }
        for (Path file : newest) {
            if (namesMembers(file)) {
                return file;
            }
        }
        throw new IOException(
                (named == null ? configuration() + ": " + LIST : named)
                        + " names no member (expected: the servers of the ensemble)");
    }

    private static boolean namesMembers(Path file) throws IOException {
        return Files.exists(file) && !Member.parse(Files.readString(file)).isEmpty();
    }

    /// Of a list of members; negative if it is none.
    private static long version(Path file) {
        Matcher list = LISTS.matcher(String.valueOf(file.getFileName()));
        if (!list.matches()) {
            return -1;
        }
        return list.group(1) == null ? 0 : Long.parseLong(list.group(1), 16);
    }

    private Properties properties() throws IOException {
        return properties(configuration());
    }

    private static Properties properties(Path configuration) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(configuration)) {
            properties.load(in);
        }
        return properties;
    }

    private String portKey() {
        return keys == null ? "clientPort" : "secureClientPort";
    }

    /// @param isKnown to the others, as it is in the list
    private int write(Path list, Member self, int clientPort, boolean isKnown)
            throws IOException, StoreException {
        warn(reach.elsewhere(self));
        boolean isEverywhere = Reach.isEverywhere(terms.host());
        String host = isEverywhere ? terms.host() : self.host();
        FreePort.check(terms.host(), clientPort, false);
        FreePort.check(host, self.quorumPort(), isKnown);
        FreePort.check(host, self.electionPort(), isKnown);
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
                        "quorumListenOnAllIPs", Boolean.toString(isEverywhere),
                        "admin.enableServer", "false",
                        "4lw.commands.whitelist", "",
                        "autopurge.purgeInterval", "1",
                        "snapSizeLimitInKb", Integer.toString(LOG_KB),
                        "preAllocSize", Integer.toString(LOG_STEP_KB),
                        "forceSync", "yes"));
        if (keys != null) {
            all.putAll(keys.server());
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        all.store(lines, null);
        WholeFile.write(configuration(), lines.toString(StandardCharsets.US_ASCII));
        return clientPort;
    }
}
