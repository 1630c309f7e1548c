package org.stagedpipe.worker.plugin;

/// Runs a plugin's code with its class loader as the thread's context, and takes that back afterwards: a container may keep
/// an ended thread for long, and must not keep the plugin with it. The thread has its own name again, too: what is logged on it shows that, and a
/// plugin may have put a secret there.
public final class PluginContext {

    private PluginContext() {}

    /// Code of a plugin.
    ///
    /// @param <T> what it answers
    /// @param <E> what it throws
    @FunctionalInterface
    public interface Work<T, E extends Exception> {

        T run() throws E;
    }

    /// The same without an answer.
    ///
    /// @param <E> what it throws
    @FunctionalInterface
    public interface Action<E extends Exception> {

        void run() throws E;
    }

    /// Runs it on this thread.
    public static <E extends Exception> void run(ClassLoader loader, Action<E> action) throws E {
        call(
                loader,
                () -> {
                    action.run();
                    return action;
                });
    }

    /// Runs it on this thread.
    public static <T, E extends Exception> T call(ClassLoader loader, Work<T, E> work) throws E {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        String name = thread.getName();
        thread.setContextClassLoader(loader);
        try {
            return work.run();
        } finally {
            thread.setContextClassLoader(before);
            thread.setName(name);
        }
    }
}
