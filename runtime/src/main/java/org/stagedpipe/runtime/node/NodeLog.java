package org.stagedpipe.runtime.node;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;

/// The log of a node whose folder of configurations has no `logback.xml`; the same as `conf/logback.example.xml`, which costs three times as
/// much to read as this does to run. Called by logback once, on the thread that logs first.
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class NodeLog extends ContextAwareBase implements Configurator {

    private static final String MAX_FILE_SIZE = "10MB";
    private static final int MAX_FILES = 9;

    /// Asks for the size of the file before each event, a call of the system. Logback's own 60 s let a node in trouble write as much as it can.
    private static final Duration EACH_EVENT = Duration.buildByMilliseconds(0);

    /// What is said, and the stack if there is one: only an event's first line begins at the margin, whatever peers and operators
    /// say, and nothing of it is obeyed by a terminal.
    private static final String SAID =
            "%replace(%replace(%msg%n%ex){'\\R(?!\\z)', '\n  '})"
                    + "{'[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]', '?'}";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String folder = System.getProperty(Logs.FOLDER);
        if (folder == null || System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        configure(context, folder);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    static void configure(LoggerContext context, String folder) {
        context.getLogger("org.apache.sshd").setLevel(Level.WARN);
        // They tell each election and each lost connection several times; what matters the overseer
        // tells itself.
        context.getLogger("org.apache.zookeeper").setLevel(Level.ERROR);
        context.getLogger("org.apache.curator").setLevel(Level.ERROR);
        // A follower that is gone, or joins, is an error with a stack to these, several a second
        // while its disk is full.
        context.getLogger("org.apache.zookeeper.server.quorum.LearnerHandler").setLevel(Level.OFF);
        context.getLogger("org.apache.zookeeper.server.quorum.QuorumCnxManager")
                .setLevel(Level.OFF);
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(file(context, folder));
        root.addAppender(stderr(context));
    }

    private static Appender<ILoggingEvent> file(LoggerContext context, String folder) {
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setName("FILE");
        file.setFile(folder + "/node.log");
        FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(file);
        rolling.setFileNamePattern(folder + "/node.%i.log");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(MAX_FILES);
        rolling.start();
        file.setRollingPolicy(rolling);
        SizeBasedTriggeringPolicy<ILoggingEvent> full = new SizeBasedTriggeringPolicy<>();
        full.setContext(context);
        full.setMaxFileSize(FileSize.valueOf(MAX_FILE_SIZE));
        full.setCheckIncrement(EACH_EVENT);
        full.start();
        file.setTriggeringPolicy(full);
        file.setEncoder(
                encoder(
                        context,
                        "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0} - "
                                + SAID));
        file.start();
        return file;
    }

    private static Appender<ILoggingEvent> stderr(LoggerContext context) {
        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setContext(context);
        stderr.setName("STDERR");
        stderr.setTarget(ConsoleTarget.SystemErr.getName());
        ThresholdFilter warnings = new ThresholdFilter();
        warnings.setContext(context);
        warnings.setLevel(Level.WARN.toString());
        warnings.start();
        stderr.addFilter(warnings);
        stderr.setEncoder(encoder(context, "%-5level %logger{0} - " + SAID));
        stderr.start();
        return stderr;
    }

    private static PatternLayoutEncoder encoder(LoggerContext context, String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        return encoder;
    }
}
