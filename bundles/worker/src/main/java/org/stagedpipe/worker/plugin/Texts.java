package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;

/// What persons read of plugins and of what they throw.
public final class Texts {

    private static final int MAX_CHARS = 2_000;

    private Texts() {}

    /// `birdstrikes 1.1.0`.
    public static String of(PluginVersion version) {
        return version.getName() + " " + version.getVersion();
    }

    /// The message, or the class where there is none; never a stack.
    public static String of(Throwable error) {
        String message = error.getMessage();
        String text =
                message == null || message.isBlank()
                        ? error.getClass().getSimpleName()
                        : error instanceof RuntimeException || error instanceof Error
                                ? error.getClass().getSimpleName() + ": " + message
                                : message;
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
    }

    /// A thread's stack, a line for each frame.
    public static String of(StackTraceElement... stack) {
        return Arrays.stream(stack)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining("\n    "));
    }

    static String hex(ByteString digest) {
        return HexFormat.of().formatHex(digest.toByteArray());
    }
}
