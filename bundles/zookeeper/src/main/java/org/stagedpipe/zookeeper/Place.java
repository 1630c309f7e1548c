package org.stagedpipe.zookeeper;

import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.nio.file.Path;
import java.util.List;

/// An overseer's place among the others, by the record of which server it runs: it has none any more once it was forgotten, or
/// runs another server since. It then neither shows itself nor leads. Without state.
sealed interface Place {

    /// Where others run the servers: an overseer that was forgotten and lives is known again.
    Place ANY = new Any();

    /// Whether this overseer has it, as its server knows it.
    Now now() throws StoreException;

    /// A place as it was read.
    ///
    /// @param refusal why this overseer does not have it, in one line; null if it does
    /// @param unchanged fails the transaction that it is put into if the place is another one by then
    record Now(@Nullable String refusal, List<CuratorOp> unchanged) {}

    /// Cannot be lost.
    record Any() implements Place {

        @Override
        public Now now() {
            return new Now(null, List.of());
        }
    }

    /// That of an overseer with a server of its own.
    ///
    /// @param server its number
    /// @param folder where its files are
    record OfServer(Session session, String name, long server, Path folder) implements Place {

        @Override
        public Now now() throws StoreException {
            Stat stat = new Stat();
            long known = Servers.number(session, name, stat);
            return new Now(
                    known == server ? null : refusal(known),
                    List.of(
                            session.ask(
                                    "place",
                                    () ->
                                            session.client()
                                                    .transactionOp()
                                                    .check()
                                                    .withVersion(stat.getVersion())
                                                    .forPath(Servers.path(name)))));
        }

        private String refusal(long known) {
            return folder
                    + " is of server "
                    + server
                    + " of "
                    + name
                    + ", which "
                    + (known < 0 ? "was forgotten" : "runs server " + known + " since")
                    + " (expected: an empty folder, to join anew)";
        }
    }
}
