package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
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
        return of(error, UnaryOperator.identity());
    }

    /// The same where it may have to be changed.
    ///
    /// @param shown what of a text may be shown; asked before it is cut
    public static String of(Throwable error, UnaryOperator<String> shown) {
        String text = shown.apply(whole(error));
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
    }

    /// The same, however long; for who cuts it once it is known what may be shown.
    static String whole(Throwable error) {
        String message = message(error);
        return message == null || message.isBlank()
                ? name(error)
                : error instanceof RuntimeException || error instanceof Error
                        ? name(error) + ": " + message
                        : message;
    }

    private static @Nullable String message(Throwable error) {
        try {
            return error.getMessage();
        } catch (RuntimeException | Error e) { // its author's own; what that says may be a secret
            return null;
        }
    }

    private static String name(Throwable error) {
        String name = error.getClass().getSimpleName();
        return name.isEmpty() ? error.getClass().getName().replaceFirst(".*\\.", "") : name;
    }

    /// The error with its causes and their stacks, a line for each frame.
    ///
    /// @param shown what of a text may be shown
    public static String trace(Throwable error, UnaryOperator<String> shown) {
        StringWriter text = new StringWriter();
        try {
            error.printStackTrace(new PrintWriter(text));
        } catch (RuntimeException | Error e) { // as above
            text.append(name(error));
        }
        return shown.apply(text.toString())
                .stripTrailing()
                .replace("\t", "    "); // a log has no tabs
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
