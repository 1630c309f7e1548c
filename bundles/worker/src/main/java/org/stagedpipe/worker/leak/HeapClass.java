package org.stagedpipe.worker.leak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A class in a heap dump. Filled by the reader, then only read.
final class HeapClass {

    /// @param at from the beginning of what this class adds to its objects, in bytes
    record Field(String name, int at, boolean isReference) {}

    final long id;
    final long superclass;
    final String name;
    final Map<String, Long> statics = new LinkedHashMap<>(); // references only
    final List<Field> fields = new ArrayList<>();
    long loader;
    int bytes; // of its own fields

    HeapClass(long id, long superclass, String name) {
        this.id = id;
        this.superclass = superclass;
        this.name = name;
    }
}
