package org.stagedpipe.api;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.Arrays;

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
            return isSaid(argument) ? argument : null;
        }
        return null;
    }

    private static boolean isSaid(Type type) {
        return switch (type) {
            case Class<?> _ -> true;
            case ParameterizedType generic ->
                    (generic.getOwnerType() == null || isSaid(generic.getOwnerType()))
                            && areSaid(generic.getActualTypeArguments());
            case GenericArrayType array -> isSaid(array.getGenericComponentType());
            case WildcardType any -> areSaid(any.getUpperBounds()) && areSaid(any.getLowerBounds());
            default -> false; // a variable, which stands for whatever a subclass takes
        };
    }

    private static boolean areSaid(Type[] types) {
        return Arrays.stream(types).allMatch(TypeArguments::isSaid);
    }
}
