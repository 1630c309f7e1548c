package org.stagedpipe.console;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/// Command lines and the overseer that they meet.
abstract class OneConsole {

    @TempDir Path folder;
    TestOverseer overseer;

    @BeforeEach
    void start() throws Exception {
        overseer = new TestOverseer();
    }

    @AfterEach
    void stop() {
        overseer.close();
    }

    Run run(String... arguments) {
        return Run.of(overseer.endpoint(), arguments);
    }

    Run terminal(String... arguments) {
        return Run.of(() -> List.of(overseer.endpoint()), true, arguments);
    }
}
