package org.stagedpipe.console.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.stagedpipe.console.command.ExitCode;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

class GogoSessionTest {

    private final List<String> happened = new ArrayList<>();
    private int opened;

    /// To close it interrupts the threads of its commands once more.
    @Test
    void closesWhatWasInterruptedWithTheNextLine() {
        CommandProcessor gogo =
                of(CommandProcessor.class, name -> name.equals("createSession") ? open() : null);
        PrintStream out = new PrintStream(new ByteArrayOutputStream());
        Grammar grammar = new Grammar(Set.of("node:list"));
        try (GogoSession session =
                new GogoSession(gogo, grammar, InputStream.nullInputStream(), out, out)) {
            assertEquals(ExitCode.INTERRUPTED, session.run("node:list"));
            assertEquals(List.of("1 runs"), happened);
            assertEquals(ExitCode.INTERRUPTED, session.run("node:list"));
            assertEquals(List.of("1 runs", "1 closes", "2 runs"), happened);
        }
        assertEquals(List.of("2 closes", "3 closes"), happened.subList(3, happened.size()));
    }

    private CommandSession open() {
        int number = ++opened;
        return of(
                CommandSession.class,
                name ->
                        switch (name) {
                            case "execute" -> {
                                happened.add(number + " runs");
                                throw new InterruptedException();
                            }
                            case "close" -> {
                                happened.add(number + " closes");
                                yield null;
                            }
                            case "get" -> Set.of();
                            default -> null;
                        });
    }

    private static <T> T of(Class<T> type, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, _) -> answer.to(method.getName())));
    }

    private interface Answer {
        @Nullable Object to(String method) throws Exception;
    }
}
