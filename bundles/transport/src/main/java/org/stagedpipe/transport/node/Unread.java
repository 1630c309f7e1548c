package org.stagedpipe.transport.node;

import org.stagedpipe.cluster.Settings;
import org.stagedpipe.transport.Buffers;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.StreamWindows;

/// The bound of what arrives at a node and is not read yet, in direct memory.
///
/// @param bytes of all streams; more streams than could fill that are refused
/// @param streamWindow bytes of one stream
/// @param more bytes beyond all these, that the first streams share
public record Unread(long bytes, int streamWindow, long more) {

    private static final long MIB = 1 << 20;
    private static final int MIN_WINDOW_BYTES = 64 << 10;

    /// Reads `unreadBytes` and `streamWindowBytes`: by default three eighths of the direct memory (with what the first streams get
    /// on top that is not quite half of it, and the other half is for what leaves), and a window with which so many
    /// streams fit, within what a stream needs to be fast; then the first streams get more, a quarter of these bytes together.
    ///
    /// @param usualStreams at least 1
    /// @throws org.stagedpipe.cluster.SettingsException if one of them cannot be used
    public static Unread read(Settings settings, long usualStreams) {
        long bytes =
                settings.number(
                        "unreadBytes", MIB, 1L << 40, Math.max(MIB, Buffers.limitBytes() / 8 * 3));
        int window =
                (int)
                        Math.clamp(
                                bytes / usualStreams,
                                MIN_WINDOW_BYTES,
                                Buffers.STREAM_WINDOW_BYTES);
        int set = settings.integer("streamWindowBytes", MIN_WINDOW_BYTES, 1 << 26, 0);
        return set > 0 ? new Unread(bytes, set, 0) : new Unread(bytes, window, bytes / 4);
    }

    /// The windows of a node's streams; one for the node.
    public StreamWindows windows() {
        return new StreamWindows(streamWindow, more);
    }

    /// @param what whose streams they are, for a text
    /// @param node which node it is
    /// @throws CallException if that many streams could exceed it
    public void check(String what, long streams, String node) throws CallException {
        if (streams * streamWindow > bytes) {
            throw new CallException(
                    Kind.BUSY,
                    what
                            + " "
                            + streams
                            + " streams of "
                            + streamWindow
                            + " bytes on "
                            + node
                            + " (expected: at most "
                            + bytes
                            + " bytes that may wait to be read)");
        }
    }
}
