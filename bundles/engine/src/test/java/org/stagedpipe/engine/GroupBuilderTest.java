package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

import java.util.UUID;

/// How groups are opened.
class GroupBuilderTest {

    private final Pipelines<Integer, String> pipelines =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));

    @Test
    void eachGroupHasAnIdOfItsOwnUnlessOneIsSet() {
        var builder = pipelines.group("");
        assertNotEquals(builder.open().id(), builder.open().id());
        UUID id = UUID.randomUUID();
        assertEquals(id, builder.id(id).open().id());
    }
}
