package org.stagedpipe.api;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/// Reads the type arguments that a class gives to [Plugin].
final class TypeArguments {

    private TypeArguments() {}

    /// @throws IllegalStateException if the class does not say them; it then overrides the method that asks
    static Type of(Class<?> plugin, int index) {
        for (Class<?> type = plugin; type != null; type = type.getSuperclass()) {
            for (Type parent : type.getGenericInterfaces()) {
                Type argument = argument(parent, index);
                if (argument != null) {
                    return argument;
                }
            }
        }
        throw new IllegalStateException(
                plugin.getName()
                        + " does not say its types (expected: implements Plugin<Data,"
                        + " Configuration, Resources>, or dataType() and configurationType()"
                        + " overridden)");
    }

    private static @Nullable Type argument(Type parent, int index) {
        if (parent instanceof ParameterizedType generic && generic.getRawType() == Plugin.class) {
            Type argument = generic.getActualTypeArguments()[index];
            return argument instanceof Class || argument instanceof ParameterizedType
                    ? argument
                    : null;
        }
        return null;
    }
}
