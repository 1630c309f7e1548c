package org.stagedpipe.itests.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Ports below those that the system gives to outgoing connections (32,768 and up on Linux), so that a node that was
/// killed finds its own free when it comes back.
public final class FreePorts {

    private static final int FROM = 12_000;
    private static final int TO = 32_000;
    private static final int TRIES = 100;
    private static final int OVERSEER_PORTS =
            7; // nodes, operators, repository, ssh, three of the store
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /// The first of the ports of an overseer.
    public static int overseer() {
        return adjacent(OVERSEER_PORTS);
    }

    /// The first of that many adjacent ports that are free on every address. None is given twice.
    public static int adjacent(int count) {
        for (int tried = 0; tried < TRIES; tried++) {
            int first = ThreadLocalRandom.current().nextInt(FROM, TO - count);
            if (areFree(first, count) && take(first, count)) {
                return first;
            }
        }
        throw new AssertionError(
                "no "
                        + count
                        + " adjacent free ports from "
                        + FROM
                        + " to "
                        + TO
                        + " in "
                        + TRIES
                        + " tries");
    }

    /// Whoever asked for one of them may not listen yet, or be dead for the moment.
    private static boolean take(int first, int count) {
        for (int port = first; port < first + count; port++) {
            if (!GIVEN.add(port)) {
                return false;
            }
        }
        return true;
    }

    private static boolean areFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(port));
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }
}
