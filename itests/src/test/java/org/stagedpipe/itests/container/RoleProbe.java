package org.stagedpipe.itests.container;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// What is asked inside the container. Public, with one method a question: the container calls them by name.
public class RoleProbe {

    private static final Duration WAIT = Duration.ofSeconds(30);

    /// All bundles run and the role serves on the port that its configuration names.
    public void starts(BundleContext context) throws Exception {
        List<String> idle =
                Stream.of(context.getBundles())
                        .filter(bundle -> bundle.getHeaders().get("Fragment-Host") == null)
                        .filter(bundle ->
                                (bundle.adapt(BundleRevision.class).getTypes()
                                                & BundleRevision.TYPE_FRAGMENT)
                                        == 0)
                        .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                        .map(bundle -> bundle.getSymbolicName() + " in state " + bundle.getState())
                        .toList();
        check(idle.isEmpty(), "bundles that do not run: " + idle);
        until("the role's component is active", () -> isActive(context));
        until("the role serves on " + port(context), () -> serves(port(context)));
    }

    /// The role's bundle stops, is gone from its port, and comes back.
    public void stopsAndStartsAgain(BundleContext context) throws Exception {
        int port = port(context);
        Bundle role = roleBundle(context);
        role.stop();
        until("nobody serves on " + port, () -> !serves(port));
        check(
                role.getState() == Bundle.RESOLVED,
                "the role's bundle is in state " + role.getState());
        role.start();
        until("the role's component is active", () -> isActive(context));
        until("the role serves on " + port, () -> serves(port));
    }

    /// A changed port is taken up without a restart of the container; the old one is closed.
    public void reconfigures(BundleContext context) throws Exception {
        int before = port(context);
        int after = freePort();
        Configuration configuration = configuration(context);
        Dictionary<String, Object> properties = new Hashtable<>();
        Dictionary<String, Object> present = configuration.getProcessedProperties(null);
        present.keys()
                .asIterator()
                .forEachRemaining(key -> {
                    if (!key.startsWith("service.") && !key.startsWith(":")) {
                        properties.put(key, present.get(key));
                    }
                });
        properties.put("port", after);
        configuration.update(properties);
        until("the role serves on " + after, () -> serves(after));
        until("nobody serves on " + before, () -> !serves(before));
    }

    private static Bundle roleBundle(BundleContext context) {
        return Stream.of(context.getBundles())
                .filter(bundle -> pid().equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no bundle " + pid()));
    }

    private static boolean isActive(BundleContext context) {
        ServiceComponentRuntime runtime = service(context, ServiceComponentRuntime.class);
        for (ComponentDescriptionDTO component :
                runtime.getComponentDescriptionDTOs(roleBundle(context))) {
            for (ComponentConfigurationDTO configuration :
                    runtime.getComponentConfigurationDTOs(component)) {
                if (configuration.state == ComponentConfigurationDTO.ACTIVE
                        && List.of(component.configurationPid).contains(pid())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Configuration configuration(BundleContext context) throws IOException {
        return service(context, ConfigurationAdmin.class).getConfiguration(pid(), "?");
    }

    private static int port(BundleContext context) throws IOException {
        return Integer.parseInt(
                configuration(context).getProcessedProperties(null).get("port").toString());
    }

    private static String pid() {
        return "org.stagedpipe." + System.getProperty("stagedpipe.test.role");
    }

    private static <T> T service(BundleContext context, Class<T> type) {
        ServiceReference<T> reference = context.getServiceReference(type);
        check(reference != null, "no service " + type.getName());
        return context.getService(reference);
    }

    private static boolean serves(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// One that the system gives to nobody who leaves the choice to it, until the role has it.
    private static int freePort() {
        for (int tried = 0; tried < 100; tried++) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(port));
                return port;
            } catch (IOException taken) {
                continue;
            }
        }
        throw new IllegalStateException("no free port from 12000 to 32000 in 100 tries");
    }

    private static void until(String what, Callable<Boolean> holds) throws Exception {
        long end = System.nanoTime() + WAIT.toNanos();
        while (!holds.call()) {
            check(System.nanoTime() < end, "within " + WAIT.toSeconds() + " s not: " + what);
            Thread.sleep(20);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
