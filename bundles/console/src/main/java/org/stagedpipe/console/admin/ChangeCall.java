package org.stagedpipe.console.admin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A change that an overseer makes, followed to its end.
///
/// @param listener hears of its steps
record ChangeCall(Connection connection, Patience patience, PublishListener listener) {

    /// At an upload, each of which tries to connect for some seconds.
    private static final int ATTEMPTS = 3;

    /// One that needs no more than a request.
    ///
    /// @return the plugin after the change, empty if the overseer did not say
    <I> Optional<PluginEntry> ask(Rpc<I, Progress> rpc, I request)
            throws CallException, InterruptedException {
        try (Exchange<I, Progress> exchange = connection.exchange(rpc, null)) {
            exchange.send(request, patience.take());
            listener.asked();
            exchange.complete();
            return new Following(new ArrayList<>()).follow(exchange.next(patience.say()), exchange);
        }
    }

    /// One that begins with a bundle's bytes.
    ///
    /// @return the plugin after the change, empty if the overseer did not say
    Optional<PluginEntry> upload(PublishBegin begin, Jar jar)
            throws CallException, IOException, InterruptedException {
        Uploading uploading = new Uploading(this, begin, jar);
        List<Progress> told = new ArrayList<>();
        for (int attempt = 1; ; attempt++) {
            Uploading.Sent sent = uploading.send();
            Following following = new Following(told);
            try (Exchange<?, Progress> exchange = sent.exchange()) {
                return following.follow(sent.first(), exchange);
            } catch (CallException e) {
                // Later on the rollout tells what became of it; before, the overseer knows the
                // request and tells all of it again, or begins anew if it was started anew.
                if (e.kind() != Kind.UNREACHABLE
                        || e.isAnswer()
                        || following.isRollout
                        || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /// Of one conversation.
    private final class Following {

        private final List<Progress> told;
        private boolean isRollout; // has begun

        /// @param told what the listener has heard of in the conversations before; gets what it hears of in this one
        Following(List<Progress> told) {
            this.told = told;
        }

        Optional<PluginEntry> follow(@Nullable Progress first, Exchange<?, Progress> exchange)
                throws CallException, InterruptedException {
            Progress last = Progress.getDefaultInstance();
            int come = 0;
            for (Progress next = first; next != null; next = exchange.next(patience.say())) {
                isRollout |= next.hasRollout();
                if (come == told.size()) {
                    told.add(next);
                    listener.step(next);
                } else if (!told.get(come).equals(next)) {
                    told.subList(come, told.size()).clear();
                    told.add(next);
                    listener.anew();
                    told.forEach(listener::step);
                }
                come++;
                last = next;
            }
            return last.hasResult() ? Optional.of(last.getResult()) : Optional.empty();
        }
    }
}
