package org.stagedpipe.worker.leak;

/// Why an object is alive without any other one: the tags of a heap dump.
final class Roots {

    static final int UNKNOWN = 0xff;
    static final int JNI_GLOBAL = 0x01;
    static final int JNI_LOCAL = 0x02;
    static final int FRAME = 0x03;
    static final int NATIVE_STACK = 0x04;
    static final int STICKY_CLASS = 0x05;
    static final int THREAD_BLOCK = 0x06;
    static final int MONITOR = 0x07;
    static final int THREAD = 0x08;

    private Roots() {}

    /// Whether it is in the frames of a thread.
    static boolean isFrame(int kind) {
        return kind == FRAME || kind == JNI_LOCAL || kind == NATIVE_STACK || kind == THREAD_BLOCK;
    }
}
