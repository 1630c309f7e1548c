package org.stagedpipe.worker;

import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A Felix framework with Declarative Services in this process; the API comes from the class path.
final class Container implements AutoCloseable {

    private static final String API = "1.0.0";

    private final Framework framework;

    private Container(Framework framework) {
        this.framework = framework;
    }

    static Container open(Path folder) throws Exception {
        Framework framework =
                new FrameworkFactory()
                        .newFramework(
                                Map.of(
                                        Constants.FRAMEWORK_STORAGE,
                                        folder.toString(),
                                        Constants.FRAMEWORK_STORAGE_CLEAN,
                                        Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT,
                                        Constants.FRAMEWORK_BSNVERSION,
                                        Constants.FRAMEWORK_BSNVERSION_MULTIPLE,
                                        "felix.service.urlhandlers",
                                        "false",
                                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                                        "org.stagedpipe.api;version="
                                                + API
                                                + ",org.osgi.service.component;version=1.5.0"
                                                + ",org.osgi.service.component.runtime;version=1.5.0"
                                                + ",org.osgi.service.component.runtime.dto;version=1.5.0"
                                                + ",org.osgi.util.promise;version=1.3.0"
                                                + ",org.osgi.util.function;version=1.2.0"));
        framework.start();
        String scr =
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> entry.contains("org.apache.felix.scr"))
                        .findFirst()
                        .orElseThrow();
        framework.getBundleContext().installBundle(new File(scr).toURI().toString()).start();
        return new Container(framework);
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    /// Where the plugins that are installed now come from.
    List<String> plugins() {
        return Stream.of(context().getBundles())
                .map(Bundle::getLocation)
                .filter(location -> location.startsWith("stagedpipe:"))
                .toList();
    }

    @Override
    public void close() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }
}
