package org.stagedpipe.benchmarks.dataplane;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a process allocated on its heap, by a recording of the JDK's flight recorder.
///
/// A thread allocates from a buffer of its own. The recorder notes each new buffer, with the object that it was needed for, and
/// each object beside the buffers: the sum is right, and of large objects, which need new buffers often, none goes unseen for long.
/// What it says of a site is more rough, since objects that take turns do not need new buffers in proportion.
///
/// @param bytes all but the recorder's own
/// @param largest byte array, in bytes, of those noted that were not made to read a message into, nor by the recorder itself
/// @param sites where the most of it was noted, and that array last, for persons
record Allocation(long bytes, long largest, List<String> sites) {

    private static final String BUFFER = "jdk.ObjectAllocationInNewTLAB";
    private static final String OBJECT = "jdk.ObjectAllocationOutsideTLAB";
    private static final int SITES = 6;
    private static final int FRAMES = 3;

    /// What a recorder must be told to note.
    static final List<String> EVENTS = List.of(BUFFER, OBJECT);

    /// What is in that recording.
    ///
    /// @param reader the method, `Type.name`, that makes the array which a message is read into
    static Allocation in(Path recording, String reader) throws IOException {
        long bytes = 0;
        long largest = 0;
        String largestSite = "none";
        Map<String, Long> sites = new HashMap<>();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                if (!EVENTS.contains(event.getEventType().getName()) || isRecorders(event)) {
                    continue;
                }
                boolean isBuffer = event.getEventType().getName().equals(BUFFER);
                long weight = event.getLong(isBuffer ? "tlabSize" : "allocationSize");
                String type = event.getClass("objectClass").getName();
                List<String> methods = methods(event);
                bytes += weight;
                String site = type + " in " + String.join(" < ", methods);
                sites.merge(site, weight, Long::sum);
                long size = event.getLong("allocationSize");
                if (type.equals("[B") && !methods.getFirst().equals(reader) && size > largest) {
                    largest = size;
                    largestSite = site;
                }
            }
        }
        List<String> said = new ArrayList<>(most(sites, bytes));
        said.add("the largest other array: " + largest + " bytes in " + largestSite);
        return new Allocation(bytes, largest, said);
    }

    /// Whether the recorder made it, as it describes its events to a file: 160 KB at once, in one recording of three.
    private static boolean isRecorders(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        return stack != null
                && stack.getFrames().stream()
                        .anyMatch(frame ->
                                frame.getMethod().getType().getName().startsWith("jdk.jfr."));
    }

    /// The innermost first; not all of them.
    private static List<String> methods(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        if (stack == null || stack.getFrames().isEmpty()) {
            return List.of("unknown");
        }
        return stack.getFrames().stream()
                .limit(FRAMES)
                .map(frame -> frame.getMethod())
                .map(method -> method.getType().getName() + "." + method.getName())
                .toList();
    }

    private static List<String> most(Map<String, Long> sites, long bytes) {
        return sites.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(SITES)
                .map(site ->
                        String.format(
                                Locale.ROOT,
                                "%.1f %% %s",
                                100.0 * site.getValue() / bytes,
                                site.getKey()))
                .toList();
    }
}
