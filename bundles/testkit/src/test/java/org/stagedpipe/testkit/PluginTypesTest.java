package org.stagedpipe.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.StateMachine;

import java.util.List;
import java.util.Map;

/// The types that a plugin's class says.
class PluginTypesTest {

    /// What these plugins have in common.
    private abstract static class Any<D, C> implements Plugin<D, C, String> {

        @Override
        public StateMachine<D, String> stateMachine() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String open(C configuration) {
            return "";
        }
    }

    private static final class Lists extends Any<List<? extends Number>, Map<String, String>[]>
            implements Plugin<List<? extends Number>, Map<String, String>[], String> {}

    private static class Box<T> extends Any<List<T>, Map<String, ? super T>[]>
            implements Plugin<List<T>, Map<String, ? super T>[], String> {

        /// Of another type in each box.
        class Inner {}

        class OfInner extends Any<Inner, T> implements Plugin<Inner, T, String> {}
    }

    @Test
    void areThoseOfItsInterface() {
        Plugin<?, ?, ?> lists = new Lists();
        assertEquals("java.util.List<? extends java.lang.Number>", lists.dataType().getTypeName());
        assertEquals(
                "java.util.Map<java.lang.String, java.lang.String>[]",
                lists.configurationType().getTypeName());
    }

    @Test
    void areNotSaidWithAVariableInThem() {
        Box<String> box = new Box<String>() {};
        for (Plugin<?, ?, ?> open : List.of(box, box.new OfInner())) {
            IllegalStateException refused =
                    assertThrows(IllegalStateException.class, open::dataType);
            String said = String.valueOf(refused.getMessage());
            assertTrue(said.contains("does not say its types"), said);
            assertThrows(IllegalStateException.class, open::configurationType);
        }
    }
}
