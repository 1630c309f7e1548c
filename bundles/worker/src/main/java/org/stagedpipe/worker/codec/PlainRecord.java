package org.stagedpipe.worker.codec;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A record that is JSON as it stands: numbers, texts, truth values and other such records, each under the name of its
/// component. Jackson would make the same of it.
final class PlainRecord {

    /// What a component is.
    enum Kind {
        INT,
        LONG,
        DOUBLE,
        BOOLEAN,
        TEXT,
        RECORD
    }

    /// A component.
    ///
    /// @param isPrimitive whether it cannot be null
    /// @param name as JSON has it, with quotes
    /// @param get from the record
    /// @param record its own components, null unless it is a record
    record Component(
            Kind kind,
            boolean isPrimitive,
            byte[] name,
            MethodHandle get,
            @Nullable PlainRecord record) {}

    private static final Map<Class<?>, Kind> KINDS =
            Map.of(
                    int.class, Kind.INT,
                    Integer.class, Kind.INT,
                    long.class, Kind.LONG,
                    Long.class, Kind.LONG,
                    double.class, Kind.DOUBLE,
                    Double.class, Kind.DOUBLE,
                    boolean.class, Kind.BOOLEAN,
                    Boolean.class, Kind.BOOLEAN,
                    String.class, Kind.TEXT);

    private static final Pattern PLAIN_NAME = Pattern.compile("(?!(get|is|set)[A-Z])[a-z]\\w*");
    private static final Pattern PROPERTY = Pattern.compile("(get|is)[A-Z_0-9].*");
    private static final Set<Class<?>> HARMLESS = Set.of(Serializable.class, Comparable.class);
    private static final int MOST_LEVELS = 8;

    /// A reader notes in a long which ones it has.
    private static final int MOST_COMPONENTS = Long.SIZE;

    private final Class<?> type;
    private final Component[] components;
    private final MethodHandle make;

    private PlainRecord(Class<?> type, Component[] components, MethodHandle make) {
        this.type = type;
        this.components = components;
        this.make = make;
    }

    /// Null unless the type is such a record.
    static @Nullable PlainRecord of(Type type) {
        return type instanceof Class<?> candidate ? of(candidate, MOST_LEVELS) : null;
    }

    private static @Nullable PlainRecord of(Class<?> type, int levels) {
        if (!type.isRecord() || levels == 0 || !isPlain(type)) {
            return null;
        }
        RecordComponent[] declared = type.getRecordComponents();
        Component[] components = new Component[declared.length];
        Class<?>[] types = new Class<?>[declared.length];
        try {
            for (int i = 0; i < declared.length; i++) {
                types[i] = declared[i].getType();
                Component component = component(declared[i], levels);
                if (component == null) {
                    return null;
                }
                components[i] = component;
            }
            Constructor<?> canonical = type.getDeclaredConstructor(types);
            canonical.setAccessible(true);
            MethodHandle make =
                    MethodHandles.lookup()
                            .unreflectConstructor(canonical)
                            .asFixedArity()
                            .asSpreader(Object[].class, types.length)
                            .asType(MethodType.methodType(Object.class, Object[].class));
            return new PlainRecord(type, components, make);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null; // what Jackson can do with it is not known here
        }
    }

    private static @Nullable Component component(RecordComponent declared, int levels)
            throws IllegalAccessException {
        Class<?> type = declared.getType();
        Kind kind = KINDS.get(type);
        PlainRecord record = kind == null ? of(type, levels - 1) : null;
        if (kind == null && record == null || !PLAIN_NAME.matcher(declared.getName()).matches()) {
            return null;
        }
        Method accessor = declared.getAccessor();
        accessor.setAccessible(true);
        return new Component(
                kind == null ? Kind.RECORD : kind,
                type.isPrimitive(),
                ("\"" + declared.getName() + "\"").getBytes(StandardCharsets.US_ASCII),
                MethodHandles.lookup()
                        .unreflect(accessor)
                        .asType(MethodType.methodType(erased(type), Object.class)),
                record);
    }

    private static Class<?> erased(Class<?> type) {
        return type.isPrimitive() ? type : Object.class;
    }

    /// Whether nothing in it but its components says what its JSON is.
    private static boolean isPlain(Class<?> type) {
        int components = type.getRecordComponents().length;
        if (components == 0
                || components > MOST_COMPONENTS
                || type.getTypeParameters().length > 0
                || type.getDeclaredConstructors().length != 1
                || !HARMLESS.containsAll(Set.of(type.getInterfaces()))) {
            return false;
        }
        Stream<AnnotatedElement> members =
                Stream.of(
                                type.getDeclaredConstructors(),
                                type.getDeclaredConstructors()[0].getParameters(),
                                type.getDeclaredFields(),
                                type.getDeclaredMethods(),
                                type.getMethods(),
                                type.getRecordComponents())
                        .flatMap(Stream::of);
        return !isAnnotated(type)
                && members.noneMatch(PlainRecord::isAnnotated)
                && Stream.of(type.getMethods()).noneMatch(PlainRecord::isProperty);
    }

    private static boolean isAnnotated(AnnotatedElement element) {
        return Stream.of(element.getAnnotations())
                .anyMatch(mark ->
                        !mark.annotationType().getPackageName().startsWith("java.lang")
                                && !mark.annotationType()
                                        .getPackageName()
                                        .startsWith("jdk.internal"));
    }

    private static boolean isProperty(Method method) {
        return method.getParameterCount() == 0
                && !Modifier.isStatic(method.getModifiers())
                && method.getDeclaringClass() != Object.class
                && PROPERTY.matcher(method.getName()).matches();
    }

    Class<?> type() {
        return type;
    }

    Component[] components() {
        return components;
    }

    /// One of it.
    ///
    /// @param values of its components
    /// @throws Throwable what its constructor throws
    Object make(@Nullable Object[] values) throws Throwable {
        return (Object) make.invokeExact(values);
    }
}
