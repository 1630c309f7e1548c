package org.stagedpipe.runtime.run;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.command.ItemJson;

import java.io.IOException;
import java.io.PrintStream;

/// Writes outcomes as JSON, one a line: `{"sequence":0,"result":…}`, or with `fault`, or with `aborted`. A result that is
/// no JSON stands there as `base64`.
///
/// @param out owned by the caller
record OutcomeLine(PrintStream out) {

    void write(Outcome<byte[]> outcome) throws IOException {
        ObjectNode line = ItemJson.line().put("sequence", outcome.sequence());
        switch (outcome) {
            case Outcome.Ok<byte[]> ok -> ItemJson.put(line, "result", ok.data());
            case Outcome.Failed<byte[]> failed -> line.set("fault", fault(failed.fault()));
            case Outcome.Aborted<byte[]> aborted -> line.set("aborted", fault(aborted.fault()));
        }
        out.write(ItemJson.bytes(line));
        out.write('\n');
        if (out.checkError()) { // it flushes: whoever reads it may wait for it before the next item
            throw new IOException("standard output: cannot be written");
        }
    }

    private static ObjectNode fault(Fault fault) {
        ObjectNode node = ItemJson.line().put("kind", fault.kind().name());
        if (fault.stage() != null) {
            node.put("stage", fault.stage());
        }
        return node.put("attempt", fault.attempt())
                .put("text", fault.text())
                .put("retryable", fault.retryable());
    }
}
