package org.stagedpipe.runtime.run;

import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.nio.charset.StandardCharsets;

/// A process that writes outcomes to its standard output for as long as somebody reads them.
final class CutOff {

    private CutOff() {}

    public static void main(String[] arguments) throws Exception {
        ConsoleIo io = ConsoleIo.system();
        EchoItems echo = new EchoItems();
        Lines.Input endless =
                (_, _) -> {
                    while (true) {
                        echo.submit("1".getBytes(StandardCharsets.UTF_8));
                        Thread.sleep(1);
                    }
                };
        RunProgress progress = new RunProgress(Stagedpipe.create(io, Defaults.local()).context());
        int exitCode = new Lines(io, endless, echo, progress).run();
        System.err.println(echo.cancels.getFirst());
        System.exit(exitCode);
    }
}
