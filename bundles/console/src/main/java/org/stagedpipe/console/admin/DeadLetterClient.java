package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.stagedpipe.console.admin.LetterMerge.Head;
import org.stagedpipe.console.admin.LetterStream.Place;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// Connections to all coordinators of a cluster, for the items that failed and were kept there. All methods wait for the
/// answers; for one thread at a time. Who makes it closes it.
///
/// A coordinator that does not answer is left out from then on, and named in [#silent()].
public final class DeadLetterClient implements AutoCloseable {

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /// A disk may be slow.
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final Map<String, Connection> coordinators = new LinkedHashMap<>();
    private final List<String> silent = new ArrayList<>();
    private final String operator;

    /// What one coordinator keeps of a group.
    public record Kept(String coordinator, DeadLetterGroup group) {}

    /// Who gets the items.
    public interface Reader {

        /// The next item.
        ///
        /// @param data empty if only the faults are read
        /// @return false if no further one is wanted
        boolean read(DeadLetter letter, byte[] data) throws CallException, InterruptedException;
    }

    private DeadLetterClient(String operator) {
        this.operator = operator;
    }

    /// To the coordinators that an overseer knows now, for the same operator.
    public static DeadLetterClient of(AdminClient admin, Security security)
            throws CallException, InterruptedException {
        DeadLetterClient client = new DeadLetterClient(admin.operator());
        for (NodeEntry node : admin.nodes()) {
            if (node.getRole() == Role.COORDINATOR) {
                Endpoint endpoint = Endpoint.of(node.getAddress());
                client.coordinators.put(node.getName(), Connection.to(endpoint, security));
            }
        }
        return client;
    }

    /// What each coordinator keeps.
    public List<Kept> list() throws InterruptedException {
        List<Kept> all = new ArrayList<>();
        each((coordinator, connection) ->
                connection
                        .list(
                                Rpcs.LIST_DEAD_LETTERS,
                                ListDeadLettersRequest.getDefaultInstance(),
                                CALL_TIMEOUT)
                        .forEach(group -> all.add(new Kept(coordinator, group))));
        return all;
    }

    private interface Question {
        void ask(String coordinator, Connection connection)
                throws CallException, InterruptedException;
    }

    /// @return what failed, of each that is silent from then on
    private List<CallException> each(Question question) throws InterruptedException {
        List<CallException> failures = new ArrayList<>();
        for (Map.Entry<String, Connection> one : List.copyOf(coordinators.entrySet())) {
            try {
                question.ask(one.getKey(), one.getValue());
            } catch (CallException e) {
                String text = one.getKey() + ": " + e.getMessage();
                failures.add(new CallException(e.kind(), "coordinator " + text, e));
                silent.add(text);
                one.getValue().close();
                coordinators.remove(one.getKey());
            }
        }
        return failures;
    }

    /// Coordinators that did not answer, and why.
    public List<String> silent() {
        return List.copyOf(silent);
    }

    /// Reads the items of a group, each once, in the order in which they failed: on several coordinators by their clocks, but
    /// those of one key by their sequences. Of an item that failed more than once the last time counts.
    ///
    /// @param withData their bytes too
    public void read(ByteString group, boolean withData, Reader reader)
            throws CallException, InterruptedException {
        Map<Long, Place> last = last(group);
        Set<String> needed = new TreeSet<>(last.values().stream().map(Place::coordinator).toList());
        try (LetterMerge letters = new LetterMerge(last)) {
            for (String coordinator : needed) {
                letters.add(stream(coordinator), group, withData);
            }
            int count = 0;
            for (Head head = letters.next(); head != null; head = letters.next()) {
                byte[] data = withData ? head.stream().data(head.place()) : new byte[0];
                if (!reader.read(head.place().letter(), data)) {
                    return;
                }
                letters.done(head);
                count++;
            }
            if (count < last.size()) {
                throw new CallException(
                        Kind.CONFLICT,
                        (last.size() - count)
                                + " of "
                                + last.size()
                                + " items are there no more (expected: that nobody drops them"
                                + " while they are read)");
            }
        }
    }

    /// Where each item failed last, by sequence.
    private Map<Long, Place> last(ByteString group) throws CallException, InterruptedException {
        Map<Long, Place> last = new HashMap<>();
        for (String coordinator : coordinators.keySet()) {
            try (LetterStream letters = stream(coordinator)) {
                letters.ask(group, false);
                for (Place place = letters.next(); place != null; place = letters.next()) {
                    last.merge(place.sequence(), place, Place::later);
                }
            }
        }
        return last;
    }

    /// It lasts as long as its reader takes; a coordinator that says nothing ends it.
    private LetterStream stream(String coordinator) throws CallException {
        Connection connection = Objects.requireNonNull(coordinators.get(coordinator));
        return new LetterStream(
                coordinator, connection.exchange(Rpcs.READ_DEAD_LETTERS, null), SILENCE);
    }

    /// What became of the letters of a group.
    ///
    /// @param coordinators that had some and removed them
    /// @param failures of coordinators that may have removed theirs or not
    public record Dropped(List<String> coordinators, List<CallException> failures) {}

    /// Removes those of a group everywhere.
    public Dropped drop(ByteString group) throws InterruptedException {
        DropDeadLettersRequest request =
                DropDeadLettersRequest.newBuilder().setGroup(group).setOperator(operator).build();
        List<String> dropped = new ArrayList<>();
        List<CallException> failures =
                each((coordinator, connection) -> {
                    if (connection
                            .call(Rpcs.DROP_DEAD_LETTERS, request, CALL_TIMEOUT)
                            .getDropped()) {
                        dropped.add(coordinator);
                    }
                });
        return new Dropped(dropped, failures);
    }

    /// Ends all calls and closes.
    @Override
    public void close() {
        coordinators.values().forEach(Connection::close);
    }
}
