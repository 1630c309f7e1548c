package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.pattern.PatternLayoutBase;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class NodeLogTest {

    @TempDir Path folder;

    @Test
    void isWhatTheExampleSays() throws Exception {
        LoggerContext byExample = byExample();
        List<String> example = words(byExample);
        byExample.stop(); // two cannot share a file
        LoggerContext byCode = new LoggerContext();
        NodeLog.configure(byCode, folder.toString());
        assertEquals(example, words(byCode));
        byCode.stop();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsNoMoreThanItSaysHoweverFastItIsWritten(boolean isByCode) throws Exception {
        LoggerContext context = isByCode ? new LoggerContext() : byExample();
        if (isByCode) {
            context.setMDCAdapter(new LogbackMDCAdapter());
            NodeLog.configure(context, folder.toString());
        }
        String large = "x".repeat(1 << 16);
        for (int i = 0; i < 200; i++) {
            context.getLogger("a.Thing").info(large);
        }
        context.stop();
        for (String file : List.of("node.log", "node.1.log")) {
            long bytes = Files.size(folder.resolve(file));
            assertTrue(bytes < 11 << 20, file + " has " + bytes);
        }
    }

    private LoggerContext byExample() throws JoranException {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty(Logs.FOLDER, folder.toString());
        JoranConfigurator reader = new JoranConfigurator();
        reader.setContext(context);
        reader.doConfigure(Path.of("conf/logback.example.xml").toFile());
        return context;
    }

    @Test
    void writesIntoTheFolder() throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        NodeLog.configure(context, folder.toString());
        context.getLogger("a.Thing").info("said");
        context.getLogger("org.apache.zookeeper.Thing").warn("not said");
        context.stop();
        String text = Files.readString(folder.resolve("node.log"));
        assertTrue(text.matches("\\S+ INFO  \\[.*] Thing - said\\n"), text);
    }

    @Test
    void nobodyForgesALine() throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        NodeLog.configure(context, folder.toString());
        String forged =
                "said\r\n2026-01-01 INFO forged\u2028forged\u0085forged\u001b[2J\u009b\u202e";
        context.getLogger("a.Thing").info(forged);
        context.getLogger("a.Thing").info("failed", new IllegalStateException(forged));
        context.getLogger("a.Thing").info("last");
        context.stop();
        List<String> lines = Files.readString(folder.resolve("node.log")).lines().toList();
        assertEquals(3, lines.stream().filter(line -> !line.startsWith("  ")).count(), "" + lines);
        assertTrue(lines.get(0).matches("\\S+ INFO  \\[.*] Thing - said"), lines.get(0));
        assertEquals(
                List.of("  2026-01-01 INFO forged", "  forged", "  forged?[2J??"),
                lines.subList(1, 4));
        assertEquals("  java.lang.IllegalStateException: said", lines.get(5));
        assertTrue(lines.get(9).startsWith("  \tat " + getClass().getName()), lines.get(9));
    }

    private static List<String> words(LoggerContext context) {
        List<String> words = new ArrayList<>();
        context.getLoggerList().stream()
                .filter(logger -> logger.getLevel() != null)
                .forEach(logger -> words.add(logger.getName() + " " + logger.getLevel()));
        context.getLogger("ROOT")
                .iteratorForAppenders()
                .forEachRemaining(appender -> words.add(words(appender)));
        return words;
    }

    private static String words(Appender<ILoggingEvent> appender) {
        var encoder =
                (LayoutWrappingEncoder<?>)
                        ((OutputStreamAppender<ILoggingEvent>) appender).getEncoder();
        String where =
                switch (appender) {
                    case RollingFileAppender<?> file -> {
                        var rolling = (FixedWindowRollingPolicy) file.getRollingPolicy();
                        var full = (SizeBasedTriggeringPolicy<?>) file.getTriggeringPolicy();
                        yield file.getFile()
                                + rolling.getFileNamePattern()
                                + rolling.getMinIndex()
                                + rolling.getMaxIndex()
                                + full.getMaxFileSize()
                                + full.getCheckIncrement();
                    }
                    case ConsoleAppender<?> console -> console.getTarget();
                    default -> "";
                };
        return appender.getName()
                + " "
                + where
                + appender.getCopyOfAttachedFiltersList().size()
                + ((PatternLayoutBase<?>) encoder.getLayout()).getPattern();
    }
}
