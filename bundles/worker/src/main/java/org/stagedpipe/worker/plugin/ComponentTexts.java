package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Asks Declarative Services why a plugin's component is not there.
final class ComponentTexts {

    private static final String CAUSED_BY = "Caused by: ";

    private ComponentTexts() {}

    static String whyMissing(BundleContext context, Bundle bundle) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return "its component did not come up";
        }
        try {
            return whyMissing(runtime, bundle);
        } finally {
            context.ungetService(reference);
        }
    }

    private static String whyMissing(ServiceComponentRuntime runtime, Bundle bundle) {
        StringBuilder text = new StringBuilder();
        for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
            for (ComponentConfigurationDTO configuration :
                    runtime.getComponentConfigurationDTOs(description)) {
                text.append(text.isEmpty() ? "" : "; ").append(state(description, configuration));
            }
            if (!description.configurationPolicy.equals("optional")
                    && runtime.getComponentConfigurationDTOs(description).isEmpty()) {
                text.append(text.isEmpty() ? "" : "; ")
                        .append("component ")
                        .append(description.name)
                        .append(" waits for a configuration");
            }
        }
        return text.isEmpty() ? "its component did not come up" : text.toString();
    }

    private static String state(
            ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {
        String name = "component " + description.name;
        return switch (configuration.state) {
            case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
                    name + " waits for a configuration";
            case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
                    name
                            + " waits for "
                            + Arrays.stream(configuration.unsatisfiedReferences)
                                    .map(reference -> reference.name)
                                    .collect(Collectors.joining(", "));
            case ComponentConfigurationDTO.FAILED_ACTIVATION ->
                    name + " could not be activated: " + cause(configuration.failure);
            default -> name + " gave no service object";
        };
    }

    /// The innermost exception of a printed stack: class and message, no frames.
    static String cause(@Nullable String stack) {
        if (stack == null || stack.isBlank()) {
            return "it gave no reason";
        }
        List<String> lines = stack.lines().toList();
        String text = lines.getFirst();
        for (String line : lines) {
            if (line.startsWith(CAUSED_BY)) {
                text = line.substring(CAUSED_BY.length());
            }
        }
        return text.replaceFirst("^(?:[a-z0-9_]+\\.)+(?=[A-Z])", "");
    }
}
