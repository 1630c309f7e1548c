package org.stagedpipe.itests.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Queues between threads that have no bound of their own: who makes one, and what bounds what is in it.
class QueuesTest {

    private static final Map<String, String> BOUNDED_BY =
            Map.of(
                    "coordinator.group.Serial", "the messages that were asked for, and timers",
                    "coordinator.Coordinator", "a task and a timer for each group, and part",
                    "overseer.Replicas", "the other overseers, each answers once",
                    "transport.Arrivals", "one task, again and again",
                    "worker.plugin.PluginHost",
                            "the plugins that a catalogue names, and their groups");

    private static final Set<String> UNBOUNDED =
            Set.of(
                    "ConcurrentLinkedQueue",
                    "ConcurrentLinkedDeque",
                    "LinkedBlockingQueue",
                    "LinkedBlockingDeque",
                    "LinkedTransferQueue",
                    "PriorityBlockingQueue",
                    "DelayQueue",
                    "ScheduledThreadPoolExecutor",
                    "ForkJoinPool");

    private static final Set<String> WITH_SUCH_A_QUEUE =
            Set.of(
                    "newFixedThreadPool",
                    "newSingleThreadExecutor",
                    "newScheduledThreadPool",
                    "newSingleThreadScheduledExecutor",
                    "newWorkStealingPool");

    @Test
    void everyQueueWithoutABoundIsInTheTable() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> folders = Files.list(Path.of("..", "bundles"))) {
            for (Path folder : folders.toList()) {
                Path classes = folder.resolve("target/classes/org/stagedpipe");
                if (Files.isDirectory(classes) && !folder.endsWith("protocol")) { // generated
                    new ClassFileImporter()
                            .importPath(classes).stream()
                                    .filter(QueuesTest::makesOne)
                                    .forEach(type -> found.put(name(type), reason(type)));
                }
            }
        }
        assertEquals(new TreeMap<>(BOUNDED_BY), found);
    }

    private static String reason(JavaClass type) {
        return BOUNDED_BY.getOrDefault(
                name(type), "(expected: an entry in the table that says it)");
    }

    private static String name(JavaClass type) {
        return type.getName().substring("org.stagedpipe.".length()).split("\\$")[0];
    }

    private static boolean makesOne(JavaClass type) {
        return Stream.concat(
                        type.getConstructorCallsFromSelf().stream(),
                        type.getMethodCallsFromSelf().stream())
                .anyMatch(QueuesTest::isOfOne);
    }

    private static boolean isOfOne(JavaCall<?> call) {
        JavaClass owner = call.getTargetOwner();
        if (!owner.getPackageName().equals("java.util.concurrent")) {
            return false;
        }
        List<String> parameters =
                call.getTarget().getRawParameterTypes().stream().map(JavaClass::getName).toList();
        return switch (call.getTarget().getName()) {
            case "<init>" ->
                    UNBOUNDED.contains(owner.getSimpleName())
                            && !(owner.getSimpleName().startsWith("LinkedBlocking")
                                    && parameters.equals(List.of("int")));
            default ->
                    owner.getSimpleName().equals("Executors")
                            && WITH_SUCH_A_QUEUE.contains(call.getTarget().getName());
        };
    }
}
