package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

/// Finds the classes of a plugin in its bundle first, so that the libraries in it count, and others where this program
/// finds its own: the API, drivers of databases.
final class PluginLoader extends URLClassLoader {

    private static final String API = "org.stagedpipe.api.";

    PluginLoader(Path file) throws MalformedURLException {
        super(new URL[] {file.toUri().toURL()}, PluginLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("java.") || name.startsWith(API)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            @Nullable Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try {
                return findClass(name);
            } catch (ClassNotFoundException e) {
                return super.loadClass(name, resolve); // not in the bundle
            }
        }
    }

    /// As for classes.
    @Override
    public @Nullable URL getResource(String name) {
        URL own = findResource(name);
        return own == null ? super.getResource(name) : own;
    }
}
