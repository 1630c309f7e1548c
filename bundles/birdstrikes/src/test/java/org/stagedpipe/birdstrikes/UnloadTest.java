package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Secret;
import org.stagedpipe.testkit.PluginTestkit;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A bundle's class loader is free as soon as its groups are closed: no thread, no static of a driver holds it. The
/// databases stay open meanwhile, as they do in a worker.
class UnloadTest {

    private static final String URL = "jdbc:h2:mem:unload;DB_CLOSE_DELAY=-1";

    @Test
    void freesItsClassLoader() throws Exception {
        new JdbcDataSource(); // a worker uses the driver before any plugin does
        for (String version : List.of("1.0.0", "1.1.0")) {
            WeakReference<ClassLoader> loader = usedAndClosed(version);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (loader.get() != null && System.nanoTime() < end) {
                System.gc();
                Thread.onSpinWait();
            }
            assertNull(loader.get(), () -> version + " is held; threads: " + threads());
        }
    }

    /// On a thread of its own that carries the plugin's loader, as the pipelines of a worker may.
    private static WeakReference<ClassLoader> usedAndClosed(String version) throws Exception {
        URLClassLoader loader = new Inside(version);
        WeakReference<ClassLoader> reference = new WeakReference<>(loader);
        Throwable[] failure = new Throwable[1];
        Thread thread =
                new Thread(() -> {
                    try {
                        use(loader, version);
                    } catch (Throwable e) {
                        failure[0] = e;
                    }
                });
        thread.setContextClassLoader(loader);
        thread.start();
        thread.join();
        assertNull(failure[0], () -> String.valueOf(failure[0]));
        loader.close();
        return reference;
    }

    private static void use(ClassLoader loader, String version) throws Exception {
        String root = "org.stagedpipe.birdstrikes.";
        String name = version.equals("1.0.0") ? "BirdStrikes" : "season.SeasonalBirdStrikes";
        Class<?> config = loader.loadClass(root + "LoadConfig");
        assertNotSame(LoadConfig.class, config);
        @SuppressWarnings("unchecked")
        Plugin<Object, Object, Object> plugin =
                (Plugin<Object, Object, Object>)
                        loader.loadClass(root + name).getConstructor().newInstance();
        Object settings =
                config.getConstructor(
                                String.class, String.class, Secret.class, String.class, int.class)
                        .newInstance(URL, null, null, "unload", 4);
        Object resources = plugin.open(settings);
        assertEquals(loader, resources.getClass().getClassLoader());
        plugin.close(resources);
        try (var group = PluginTestkit.open(plugin, settings)) {
            Object outcome = group.run(item(loader));
            assertInstanceOf(Outcome.Ok.class, outcome, outcome::toString);
        }
    }

    private static Object item(ClassLoader loader) throws Exception {
        Class<?> line = loader.loadClass(Line.class.getName());
        Object only = line.getConstructor(int.class, String.class).newInstance(2, CleanerTest.GOOD);
        return loader.loadClass(Lines.class.getName())
                .getConstructor(List.class)
                .newInstance(List.of(only));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .collect(Collectors.toSet());
    }

    /// Sees what a bundle sees: its own classes first, nothing of them outside.
    private static final class Inside extends URLClassLoader {

        private static final List<String> OWN =
                List.of("org.stagedpipe.birdstrikes.", "com.zaxxer.", "org.apache.commons.");

        Inside(String version) throws MalformedURLException, IOException {
            super(
                    new URL[] {Bundles.root(version).toRealPath().toUri().toURL()},
                    UnloadTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (OWN.stream().noneMatch(name::startsWith)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }
}
