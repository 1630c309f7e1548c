package org.stagedpipe.zookeeper;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A server of an ensemble, as its list of members has it.
///
/// @param id from 1
/// @param host that the others reach it by
record Member(long id, String host, int quorumPort, int electionPort) {

    private static final Pattern LINE =
            Pattern.compile(
                    "server\\.(\\d+)=(.+):(\\d+):(\\d+)(?::(participant|observer))?(?:;.*)?");

    private static final String VERSION = "version=";

    /// An IPv6 address in the form that ZooKeeper gives it.
    Member {
        if (host.indexOf(':') >= 0) {
            try {
                host = InetAddress.getByName(host).getHostAddress();
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(
                        "host: \"" + host + "\" (expected: a name or an address)", e);
            }
        }
    }

    /// `host:port`, an IPv6 address in brackets.
    static String at(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /// All that a list of members names; its other lines are passed over.
    static List<Member> parse(String list) {
        List<Member> members = new ArrayList<>();
        for (String line : list.lines().toList()) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                members.add(
                        new Member(
                                Long.parseLong(matcher.group(1)),
                                matcher.group(2),
                                Integer.parseInt(matcher.group(3)),
                                Integer.parseInt(matcher.group(4))));
            }
        }
        return members;
    }

    /// The version of a list of members.
    static long version(String list) {
        return list.lines()
                .filter(line -> line.startsWith(VERSION))
                .mapToLong(line -> Long.parseLong(line.substring(VERSION.length()).strip(), 16))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "members without a version (expected: "
                                        + VERSION
                                        + "HEX): "
                                        + list));
    }

    static String lines(List<Member> members) {
        return members.stream().map(member -> member + "\n").collect(Collectors.joining());
    }

    /// The line.
    @Override
    public String toString() {
        return "server." + id + "=" + at(host, quorumPort) + ":" + electionPort + ":participant";
    }
}
