package org.stagedpipe.console.command;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.Spelling;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// How groups are named by persons: 32 hexadecimal digits in the five parts of a UUID, or the first few of them.
public final class GroupId {

    private static final int[] PART_ENDS = {8, 12, 16, 20};

    private GroupId() {}

    /// All 16 bytes of it.
    public static String text(ByteString group) {
        StringBuilder text = new StringBuilder(Values.hex(group));
        for (int i = PART_ENDS.length - 1; i >= 0; i--) {
            if (text.length() > PART_ENDS[i]) {
                text.insert(PART_ENDS[i], '-');
            }
        }
        return text.toString();
    }

    /// The only group whose ID begins so. Of one that went on elsewhere while the lease of its coordinator runs, which is lost, where
    /// it was opened last.
    ///
    /// @throws UsageException if the text is no beginning of an ID, or of more than one
    /// @throws CallException of kind NOT_FOUND if there is none
    static GroupEntry find(String prefix, List<GroupEntry> groups) throws CallException {
        ByteString id =
                find(
                        prefix,
                        groups.stream().map(g -> g.getSummary().getGroup()).distinct().toList(),
                        "open");
        return latest(id, groups).orElseThrow();
    }

    /// The group with that ID, where it was opened last; empty if it is not open.
    static Optional<GroupEntry> latest(ByteString id, List<GroupEntry> groups) {
        return groups.stream()
                .filter(g -> g.getSummary().getGroup().equals(id))
                .max(Comparator.comparingLong(g -> g.getSummary().getOpenedMs()));
    }

    /// The only one of these that begins so; a group of which dead letters are kept.
    ///
    /// @throws UsageException if the text is no beginning of an ID, or of more than one
    /// @throws CallException of kind NOT_FOUND if there is none
    static ByteString findKept(String prefix, List<ByteString> groups) throws CallException {
        return find(prefix, groups.stream().distinct().toList(), "kept");
    }

    private static ByteString find(String prefix, List<ByteString> groups, String which)
            throws CallException {
        String digits = prefix.replace("-", "").toLowerCase(Locale.ROOT);
        if (!digits.matches("[0-9a-f]{1,32}")) {
            throw new UsageException(
                    "group: \"" + prefix + "\" (expected: the first hexadecimal digits of an ID)");
        }
        List<ByteString> matches =
                groups.stream().filter(g -> Values.hex(g).startsWith(digits)).toList();
        if (matches.isEmpty()) {
            throw new CallException(
                    Kind.NOT_FOUND,
                    "group "
                            + prefix
                            + ": there is no such "
                            + which
                            + " group; "
                            + hint(digits, groups, which));
        }
        if (matches.size() > 1) {
            throw new UsageException(
                    "group "
                            + prefix
                            + ": "
                            + matches.size()
                            + " "
                            + which
                            + " groups begin so (expected: more digits): "
                            + Nearest.some(matches.stream().map(GroupId::text).toList()));
        }
        return matches.getFirst();
    }

    /// What was probably meant: the group whose first digits are the nearest.
    private static String hint(String digits, List<ByteString> groups, String which) {
        if (groups.isEmpty()) {
            return "no groups are " + which;
        }
        Map<String, String> byBeginning = new TreeMap<>();
        for (ByteString id : groups) {
            String all = Values.hex(id);
            byBeginning.put(all.substring(0, Math.min(digits.length(), all.length())), text(id));
        }
        return Spelling.nearest(digits, byBeginning.keySet())
                .map(near -> Spelling.question(String.valueOf(byBeginning.get(near))))
                .orElse(
                        "expected: the ID of one of "
                                + groups.size()
                                + ", see group "
                                + (which.equals("open") ? "list" : "dead-letters"));
    }
}
