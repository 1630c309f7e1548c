package org.stagedpipe.benchmarks.node;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/// A framework and bundles, and nothing else: the other side of [NodeSuite], in a process of its own with Felix on its class
/// path. It says when all have started.
final class BareFelix {

    static final String READY = "all bundles have started";

    private BareFelix() {}

    /// @param arguments a folder for the framework, the packages that it exports of the class path, then the bundles' files in
    ///     the order in which they start
    public static void main(String[] arguments) throws Exception {
        Map<String, String> properties = new HashMap<>();
        properties.put(Constants.FRAMEWORK_STORAGE, arguments[0]);
        properties.put(
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, arguments[1]);
        properties.put("felix.bootdelegation.implicit", "false"); // as in a node
        properties.put(Constants.FRAMEWORK_BOOTDELEGATION, "sun.misc,sun.nio.ch");
        Framework framework =
                ServiceLoader.load(FrameworkFactory.class)
                        .findFirst()
                        .orElseThrow()
                        .newFramework(properties);
        framework.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(framework)));
        try {
            start(framework.getBundleContext(), List.of(arguments).subList(2, arguments.length));
            System.out.println(READY);
            framework.waitForStop(0);
        } catch (Exception e) { // the framework's threads would keep the process
            System.out.println(e);
            System.exit(1);
        }
    }

    private static void start(BundleContext context, List<String> files) throws BundleException {
        List<Bundle> bundles = new ArrayList<>();
        for (String file : files) {
            bundles.add(context.installBundle("reference:file:" + file));
        }
        for (Bundle bundle : bundles) {
            if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        }
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(10_000);
        } catch (Exception e) {
            System.err.println("bench: the framework does not stop: " + e);
        }
    }
}
