package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.ReadDeadLettersRequest;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Connections to all coordinators of a cluster, for the items that failed and were kept there. All methods wait for the
/// answers; for one thread at a time. Who makes it closes it.
///
/// A coordinator that does not answer is left out from then on, and named in [#silent()].
public final class DeadLetterClient implements AutoCloseable {

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration READ_TIMEOUT = Duration.ofHours(1);
    private static final int MAX_ITEM_BYTES = 100 << 20;

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
        void read(DeadLetter letter, byte[] data) throws CallException, InterruptedException;
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
                        .call(
                                Rpcs.LIST_DEAD_LETTERS,
                                ListDeadLettersRequest.getDefaultInstance(),
                                CALL_TIMEOUT)
                        .getGroupsList()
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

    /// Reads the items of a group, each once, coordinator after coordinator in the order in which they failed there. Of an
    /// item that failed more than once the last time counts.
    ///
    /// @param withData their bytes too
    public void read(ByteString group, boolean withData, Reader reader)
            throws CallException, InterruptedException {
        Map<Long, Place> last = new HashMap<>();
        for (String coordinator : coordinators.keySet()) {
            read(
                    coordinator,
                    group,
                    true,
                    (place, data) -> {
                        long sequence = place.letter.getFault().getSequence();
                        last.merge(sequence, place, Place::later);
                    });
        }
        Set<String> needed = new TreeSet<>(last.values().stream().map(Place::coordinator).toList());
        for (String coordinator : needed) {
            read(
                    coordinator,
                    group,
                    !withData,
                    (place, data) -> {
                        Place counts = last.get(place.letter.getFault().getSequence());
                        if (counts != null && counts.isSame(place)) {
                            reader.read(place.letter, data);
                        }
                    });
        }
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

    /// Where a letter is.
    private record Place(String coordinator, int index, DeadLetter letter) {

        static Place later(Place one, Place other) {
            return other.letter.getTimeMs() >= one.letter.getTimeMs() ? other : one;
        }

        boolean isSame(Place other) {
            return coordinator.equals(other.coordinator) && index == other.index;
        }
    }

    private interface PlaceReader {
        void read(Place place, byte[] data) throws CallException, InterruptedException;
    }

    private void read(String coordinator, ByteString group, boolean withoutData, PlaceReader reader)
            throws CallException, InterruptedException {
        Connection connection = coordinators.get(coordinator);
        if (connection == null) {
            return;
        }
        try (Exchange<ReadDeadLettersRequest, DeadLetterPart> exchange =
                connection.exchange(Rpcs.READ_DEAD_LETTERS, READ_TIMEOUT)) {
            exchange.send(
                    ReadDeadLettersRequest.newBuilder()
                            .setGroup(group)
                            .setWithoutData(withoutData)
                            .build());
            exchange.complete();
            @Nullable DeadLetterPart part = exchange.next();
            for (int index = 0; part != null; index++) {
                Place place = new Place(coordinator, index, part.getLetter());
                byte[] data = new byte[withoutData ? 0 : size(place)];
                int filled = 0;
                for (part = exchange.next();
                        part != null && !part.hasLetter();
                        part = exchange.next()) {
                    if (part.getData().size() > data.length - filled) {
                        throw wrong(place, "more than " + data.length + " bytes");
                    }
                    part.getData().copyTo(data, filled);
                    filled += part.getData().size();
                }
                if (filled < data.length) {
                    throw wrong(place, filled + " of " + data.length + " bytes");
                }
                reader.read(place, data);
            }
        }
    }

    private static int size(Place place) throws CallException {
        long size = place.letter.getSize();
        if (size < 0 || size > MAX_ITEM_BYTES) {
            throw wrong(place, size + " bytes");
        }
        return (int) size;
    }

    private static CallException wrong(Place place, String what) {
        return new CallException(
                Kind.INTERNAL,
                "coordinator "
                        + place.coordinator
                        + " sent "
                        + what
                        + " of item "
                        + place.letter.getFault().getSequence());
    }
}
