package org.stagedpipe.itests.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.itests.cluster.Command;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The smallest two configurations of the model and one mutant of each; `itests/model` checks the rest.
class ModelIT {

    @Test
    void theModelHoldsAndItsMutantsDoNot() throws Exception {
        Path folder = Path.of(".").toAbsolutePath();
        Command model = Command.run(folder, Map.of(), List.of("./model", "--quick"));
        assertEquals(0, model.status(), model.output());
    }
}
