package org.stagedpipe.coordinator.letter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Which items that failed are kept, for how long, and what a crash leaves of them.
final class LettersTest {

    private static final PluginVersion PLUGIN =
            PluginVersion.newBuilder().setName("echo").setVersion("1.0.0").build();
    private static final ByteString A = ByteString.copyFrom(new byte[16]);
    private static final ByteString B = ByteString.copyFromUtf8("../../../../etc/");

    @TempDir Path folder;
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private Duration ahead = Duration.ZERO; // of the clock
    private final InstantSource time = () -> now.plus(ahead);
    private final Clock clock = time.withZone(ZoneOffset.UTC);

    @Test
    void findsThemAgainAfterARestart() throws Exception {
        keep(letters(), A, 3, "three");
        keep(letters(), A, 5, "");
        keep(letters(), B, 3, "other");

        assertEquals(List.of("3 three", "5 "), read(letters(), A));
        assertEquals(List.of("3 other"), read(letters(), B));
        DeadLetterGroup group =
                letters().list().stream().filter(g -> g.getKept() == 2).findFirst().orElseThrow();
        assertEquals(A, group.getGroup());
        assertEquals(PLUGIN, group.getPlugin());
        assertEquals("a client", group.getClient());
        assertEquals(now.toEpochMilli(), group.getLastMs());
    }

    @Test
    void saysTheGroupsVersionOfLettersThatHaveNone() throws Exception {
        Files.createDirectory(folder.resolve("letters"));
        DeadLetterGroup group = DeadLetterGroup.newBuilder().setGroup(A).setPlugin(PLUGIN).build();
        DeadLetter old = DeadLetter.newBuilder().setTimeMs(now.toEpochMilli()).build();
        new LetterFile(folder.resolve("letters/old.letters"), group)
                .append(old, new LetterFile.Data(0, List.of()));
        List<DeadLetter> read = new ArrayList<>();
        letters()
                .read(
                        A,
                        true,
                        new LetterFile.Reader() {
                            @Override
                            public void letter(DeadLetter letter) {
                                read.add(letter);
                            }

                            @Override
                            public void data(ByteString part) {}
                        });
        assertEquals(List.of(old.toBuilder().setPlugin(PLUGIN).build()), read);
    }

    @Test
    void namesNoFileByWhatComesFromOutsideAndLetsNobodyElseReadThem() throws Exception {
        keep(letters(), B, 1, "one");

        List<Path> files = files();
        assertEquals(1, files.size());
        assertTrue(files.getFirst().getFileName().toString().matches("[0-9a-f-]{36}\\.letters"));
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(files.getFirst())));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("letters"))));
    }

    @Test
    void endsBeforeARecordThatACrashTore() throws Exception {
        keep(letters(), A, 1, "one");
        long whole = Files.size(files().getFirst());
        keep(letters(), A, 2, "two");
        try (FileChannel file = FileChannel.open(files().getFirst(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(LetterFile.PREFIX_BYTES), whole); // it is written last
        }

        Letters after = letters();
        assertEquals(List.of("1 one"), read(after, A));
        keep(after, A, 3, "three");
        assertEquals(List.of("1 one", "3 three"), read(letters(), A));
    }

    @Test
    void noticesBytesThatChanged() throws Exception {
        keep(letters(), A, 1, "one");
        try (FileChannel file = FileChannel.open(files().getFirst(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {'x'}), file.size() - 1);
        }

        assertThrows(IOException.class, () -> read(letters(), A));
    }

    /// A crash leaves zeros at the end, no other bytes in the middle.
    @Test
    void cutsNothingOffBehindAHeadThatChanged() throws Exception {
        keep(letters(), A, 1, "one");
        long first = Files.size(files().getFirst());
        keep(letters(), A, 2, "two");
        keep(letters(), A, 3, "three");
        long all = Files.size(files().getFirst());
        try (FileChannel file = FileChannel.open(files().getFirst(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {'x'}), first + LetterFile.PREFIX_BYTES + 2);
        }
        Letters after = letters();
        assertEquals(List.of("1 one"), read(after, A));
        keep(after, A, 4, "four");
        assertEquals(1, after.list().getFirst().getDropped());
        assertEquals(all, Files.size(files().getFirst()));
        assertTrue(after.drop(A));
        assertEquals(List.of(), files());
    }

    @Test
    void leavesAFileThatIsNoneOfThemAlone() throws Exception {
        keep(letters(), A, 1, "one");
        Path other = folder.resolve("letters/mine.letters");
        Files.writeString(other, "not a letter, but longer than the first twenty bytes");

        assertEquals(1, letters().list().size());
        assertTrue(Files.exists(other));
    }

    @Test
    void dropsWhatIsBeyondTheBoundsAndCountsIt() throws Exception {
        Letters letters = letters(new LetterBounds(2, 1_000, 1 << 20, Duration.ofDays(1)));
        keep(letters, A, 1, "one");
        keep(letters, A, 2, "x".repeat(2_000)); // more than the group's bytes
        keep(letters, A, 3, "three");
        keep(letters, A, 4, "four"); // more than the group's items

        assertEquals(List.of("1 one", "3 three"), read(letters, A));
        assertEquals(2, letters.list().getFirst().getKept());
        assertEquals(2, letters.list().getFirst().getDropped());
    }

    @Test
    void givesBackWhatTheDiskHadRoomForOfALetterThatItCannotWrite() throws Exception {
        Letters letters = letters(new LetterBounds(100, 8 << 20, 8 << 20, Duration.ofDays(7)));
        keep(letters, A, 1, "one");
        long before = Files.size(files().getFirst());
        AtomicInteger written = new AtomicInteger();
        for (ByteString group : List.of(A, B)) {
            letters.keeper(group, () -> PLUGIN, "a client")
                    .keep(ItemFault.getDefaultInstance(), 0, 2 << 20, () -> half(written));
        }
        assertEquals(2, written.get(), "it is tried");
        assertEquals(List.of(before), List.of(Files.size(files().getFirst())));
        assertEquals(1, files().size());
        assertEquals(
                List.of(1L, 1L), letters.list().stream().map(DeadLetterGroup::getDropped).toList());
        keep(letters, A, 2, "two");
        assertEquals(List.of("1 one", "2 two"), read(letters(), A));
    }

    private static Iterator<ByteString> half(AtomicInteger written) {
        return Stream.of(1, 2)
                .map(part -> {
                    if (part == 2) {
                        throw new UncheckedIOException(new IOException("full"));
                    }
                    written.incrementAndGet();
                    return ByteString.copyFrom(new byte[1 << 20]);
                })
                .iterator();
    }

    @Test
    void countsWhatItDropsOfAGroupOfWhichItHasNothing() throws Exception {
        Letters letters = letters(new LetterBounds(2, 1_000, 1 << 20, Duration.ofDays(7)));
        keep(letters, A, 1, "x".repeat(2_000)); // more than the group's bytes
        letters.keeper(A, () -> PLUGIN, "a client").miss();

        DeadLetterGroup none = letters.list().getFirst();
        assertEquals(PLUGIN, none.getPlugin());
        assertEquals(0, none.getKept());
        assertEquals(2, none.getDropped());
        assertEquals(List.of(), read(letters, A));
        assertFalse(Files.exists(folder.resolve("letters")));

        keep(letters, A, 3, "three");
        assertEquals(List.of("3 three"), read(letters, A));
        assertEquals(1, letters.list().size());
        assertEquals(2, letters.list().getFirst().getDropped());
    }

    @Test
    void forgetsWhatItOnlyCountedAsItForgetsWhatItKept() throws Exception {
        Letters letters = letters(new LetterBounds(2, 100, 1 << 20, Duration.ofDays(7)));
        String tooLarge = "x".repeat(200);
        keep(letters, A, 1, tooLarge);
        assertTrue(letters.drop(A));
        assertEquals(List.of(), letters.list());

        keep(letters, A, 2, tooLarge);
        now = now.plus(Duration.ofDays(8));
        letters.expire();
        assertEquals(List.of(), letters.list());

        for (int group = 0; group <= Letters.MAX_NOTES; group++) {
            keep(letters, ByteString.copyFromUtf8("%016d".formatted(group)), 1, tooLarge);
        }
        assertEquals(Letters.MAX_NOTES, letters.list().size());
        assertEquals(
                ByteString.copyFromUtf8("%016d".formatted(1)),
                letters.list().getFirst().getGroup());
    }

    @Test
    void isBoundedForAllGroupsTogetherAndTakesMoreOnceSomeAreDropped() throws Exception {
        Letters letters = letters(new LetterBounds(100, 1 << 20, 9_000, Duration.ofDays(1)));
        keep(letters, A, 1, "x".repeat(4_500));
        keep(letters, B, 1, "other");

        assertEquals(List.of(A, B), groups(letters));
        assertEquals(1, letters.list().getLast().getDropped());
        assertEquals(0, letters.list().getLast().getKept());
        assertTrue(letters.drop(A));
        assertFalse(letters.drop(A));
        assertEquals(List.of(), files());
        keep(letters, B, 2, "y".repeat(4_500)); // all its room is back
        assertEquals(1, letters.list().size());
        assertEquals(1, letters.list().getFirst().getKept());
    }

    @Test
    void keepsWhatItCannotRemove() throws Exception {
        Letters letters = letters(new LetterBounds(100, 1 << 20, 9_000, Duration.ofDays(1)));
        keep(letters, A, 1, "x".repeat(4_500));
        Path file = files().getFirst();
        Path aside = folder.resolve("aside");
        Files.move(file, aside);
        Files.createDirectories(file.resolve("not empty"));
        assertThrows(IOException.class, () -> letters.drop(A));
        assertEquals(List.of(A), groups(letters));

        Files.delete(file.resolve("not empty"));
        Files.delete(file);
        Files.move(aside, file);
        keep(letters, A, 2, "y");
        assertEquals(List.of("1 " + "x".repeat(4_500), "2 y"), read(letters, A));
        assertTrue(letters.drop(A));
        assertEquals(List.of(), files());
        keep(letters, B, 1, "y".repeat(4_500)); // all the room is back
        assertEquals(1, letters.list().getFirst().getKept());
    }

    @Test
    void countsTheSecondFileOfAGroupNotAtAll() throws Exception {
        keep(letters(), A, 1, "x".repeat(4_500));
        Files.copy(files().getFirst(), folder.resolve("letters/second.letters"));

        Letters letters = letters(new LetterBounds(100, 1 << 20, 9_000, Duration.ofDays(1)));
        assertEquals(List.of(A), groups(letters));
        assertTrue(letters.drop(A));
        keep(letters, A, 2, "y".repeat(4_500));
        assertEquals(1, letters.list().getFirst().getKept());
        assertEquals(2, files().size());
    }

    @Test
    void removesThemWhenTheirTimeIsOver() throws Exception {
        Letters letters = letters();
        keep(letters, A, 1, "one");
        now = now.plus(Duration.ofDays(6));
        keep(letters, B, 1, "other");
        keep(letters, A, 2, "two");
        now = now.plus(Duration.ofDays(6));
        keep(letters, A, 3, "three");
        now = now.plus(Duration.ofDays(2));
        letters.expire();

        assertEquals(List.of(A), groups(letters));
        now = now.plus(Duration.ofDays(8));
        assertEquals(List.of(), letters().list());
        assertEquals(List.of(), files());
    }

    @Test
    void aClockThatJumpsAheadRemovesNone() throws Exception {
        Letters letters = letters();
        keep(letters, A, 1, "one");
        ahead = Duration.ofDays(8);
        letters.expire();
        now = now.plus(Duration.ofDays(6));
        letters.expire();
        assertEquals(List.of(A), groups(letters));
        now = now.plus(Duration.ofDays(2));
        letters.expire();
        assertEquals(List.of(), groups(letters));
    }

    private Letters letters() {
        return letters(new LetterBounds(1_000, 1 << 20, 1 << 20, Duration.ofDays(7)));
    }

    private Letters letters(LetterBounds bounds) {
        Letters letters =
                new Letters(
                        folder.resolve("letters"),
                        bounds,
                        clock,
                        () -> now.toEpochMilli() * 1_000_000);
        letters.open();
        return letters;
    }

    private static void keep(Letters letters, ByteString group, long sequence, String data) {
        ItemFault fault =
                ItemFault.newBuilder()
                        .setSequence(sequence)
                        .setKind(ItemFault.Kind.STAGE)
                        .setText("why")
                        .build();
        letters.keeper(group, () -> PLUGIN, "a client")
                .keep(fault, 0, data.length(), List.of(ByteString.copyFromUtf8(data)));
    }

    private static List<ByteString> groups(Letters letters) {
        return letters.list().stream().map(DeadLetterGroup::getGroup).toList();
    }

    private static List<String> read(Letters letters, ByteString group) throws Exception {
        List<String> all = new ArrayList<>();
        letters.read(
                group,
                false,
                new LetterFile.Reader() {
                    @Override
                    public void letter(DeadLetter letter) {
                        all.add(letter.getFault().getSequence() + " ");
                    }

                    @Override
                    public void data(ByteString part) {
                        all.add(all.removeLast() + part.toStringUtf8());
                    }
                });
        return all;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder.resolve("letters"))) {
            return files.toList();
        }
    }
}
