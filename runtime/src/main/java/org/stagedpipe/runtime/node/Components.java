package org.stagedpipe.runtime.node;

import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Asks the container's component runtime why a component is not active.
///
/// By reflection: its types are those of a bundle, this class is on the class path outside of the container.
final class Components {

    private static final String RUNTIME =
            "org.osgi.service.component.runtime.ServiceComponentRuntime";

    private final BundleContext context;

    Components(BundleContext context) {
        this.context = context;
    }

    /// One phrase per component whose references are not satisfied.
    List<String> unsatisfied() {
        List<String> phrases = new ArrayList<>();
        try {
            // Of all: the launcher does not share the type.
            ServiceReference<?>[] references = context.getAllServiceReferences(RUNTIME, null);
            if (references == null) {
                return List.of("no component runtime is active");
            }
            ServiceReference<?> reference = references[0];
            Object runtime = context.getService(reference);
            Class<?> type = runtime.getClass().getClassLoader().loadClass(RUNTIME);
            Object none = Array.newInstance(org.osgi.framework.Bundle.class, 0);
            Collection<?> components =
                    (Collection<?>)
                            type.getMethod("getComponentDescriptionDTOs", none.getClass())
                                    .invoke(runtime, none);
            for (Object component : components) {
                Collection<?> configurations =
                        (Collection<?>)
                                type.getMethod(
                                                "getComponentConfigurationDTOs",
                                                component.getClass())
                                        .invoke(runtime, component);
                for (Object configuration : configurations) {
                    phrases.addAll(unsatisfied(component, configuration));
                }
            }
        } catch (ReflectiveOperationException | InvalidSyntaxException e) {
            phrases.add("the component runtime does not tell: " + e);
        }
        return phrases;
    }

    private static List<String> unsatisfied(Object component, Object configuration)
            throws ReflectiveOperationException {
        List<String> phrases = new ArrayList<>();
        Object references = field(configuration, "unsatisfiedReferences");
        for (int i = 0; i < Array.getLength(references); i++) {
            Object reference = Array.get(references, i);
            String target = field(reference, "target").toString();
            phrases.add(
                    field(component, "name")
                            + " waits for its reference "
                            + field(reference, "name")
                            + (target.isEmpty() ? "" : " " + target));
        }
        return phrases;
    }

    private static Object field(Object dto, String name) throws ReflectiveOperationException {
        Object value = dto.getClass().getField(name).get(dto);
        return value == null ? "" : value;
    }
}
