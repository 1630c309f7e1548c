package org.stagedpipe.console.admin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpc;

import java.io.IOException;
import java.util.Optional;

/// A change that an overseer makes, followed to its end.
///
/// @param listener hears of its steps
record ChangeCall(Connection connection, Patience patience, PublishListener listener) {

    /// One that needs no more than a request.
    ///
    /// @return the plugin after the change, empty if the overseer did not say
    <I> Optional<PluginEntry> ask(Rpc<I, Progress> rpc, I request)
            throws CallException, InterruptedException {
        try (Exchange<I, Progress> exchange = connection.exchange(rpc, null)) {
            exchange.send(request, patience.take());
            exchange.complete();
            return follow(exchange.next(patience.say()), exchange);
        }
    }

    /// One that begins with a bundle's bytes.
    ///
    /// @return the plugin after the change, empty if the overseer did not say
    Optional<PluginEntry> upload(PublishBegin begin, Jar jar)
            throws CallException, IOException, InterruptedException {
        Uploading.Sent sent = new Uploading(this, begin, jar).send();
        try (Exchange<?, Progress> exchange = sent.exchange()) {
            return follow(sent.first(), exchange);
        }
    }

    private Optional<PluginEntry> follow(@Nullable Progress first, Exchange<?, Progress> exchange)
            throws CallException, InterruptedException {
        Progress last = Progress.getDefaultInstance();
        for (Progress next = first; next != null; next = exchange.next(patience.say())) {
            listener.step(next);
            last = next;
        }
        return last.hasResult() ? Optional.of(last.getResult()) : Optional.empty();
    }
}
