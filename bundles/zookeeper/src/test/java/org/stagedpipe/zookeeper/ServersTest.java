package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// The lock of those that change the members.
class ServersTest {

    @TempDir Path folder;

    @Test
    void aLockThatIsOwnAlreadyIsTaken() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null);
                Session mine = session(o1)) {
            lock(mine); // as a first attempt whose answer was lost
            Servers servers = new Servers(mine, "o1");
            servers.lock();
            servers.unlock();
            assertNull(mine.client().checkExists().forPath(Paths.JOINING));
        }
    }

    @Test
    void nobodyUnlocksWhatAnotherLocked() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null);
                Session mine = session(o1);
                Session another = session(o1)) {
            lock(another);
            new Servers(mine, "o1").unlock();
            assertNotNull(mine.client().checkExists().forPath(Paths.JOINING));
            new Servers(another, "o2").unlock();
            assertNull(mine.client().checkExists().forPath(Paths.JOINING));
        }
    }

    @Test
    void whoChangesTheMembersKeepsWhatAnotherHasChangedMeanwhile() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null);
                Overseer _ = new Overseer("o2", folder.resolve("o2"), o1);
                Overseer _ = new Overseer("o3", folder.resolve("o3"), o1);
                Session mine = session(o1)) {
            Servers servers = new Servers(mine, "o1");
            AtomicBoolean once = new AtomicBoolean();
            servers.change(members -> {
                if (once.compareAndSet(false, true)) {
                    removeUnchecked(new Servers(mine, "o1"), 3);
                }
                return members.stream().filter(member -> member.id() != 2).toList();
            });
            assertEquals(List.of(1L), servers.members().stream().map(Member::id).toList());
        }
    }

    private static void removeUnchecked(Servers servers, long id) {
        try {
            servers.remove(id);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void lock(Session session) throws Exception {
        String made =
                session.client()
                        .create()
                        .withMode(CreateMode.EPHEMERAL)
                        .forPath(Paths.JOINING, new byte[0]);
        assertEquals(Paths.JOINING, made);
    }

    private static Session session(Overseer overseer) throws StoreException {
        Duration within = Duration.ofSeconds(20);
        return Session.open(overseer.ensemble.address(), Duration.ofSeconds(5), null, within);
    }
}
