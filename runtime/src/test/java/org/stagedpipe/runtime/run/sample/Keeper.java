package org.stagedpipe.runtime.run.sample;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Secret;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Keeps a secret and says of each item whether it is that.
public final class Keeper implements Plugin<Keeper.Guess, Keeper.Kept, Secret> {

    /// An item.
    public record Guess(String text, boolean isRight) {}

    /// A configuration.
    public record Kept(Secret secret) {}

    private final Stage<Guess, Secret> compare = stage("compare", this::compare);

    /// As Declarative Services makes it.
    public Keeper() {}

    @Override
    public StateMachine<Guess, Secret> stateMachine() {
        return StateMachine.of(compare);
    }

    @Override
    public Secret open(Kept kept) {
        return kept.secret();
    }

    private Stage<Guess, Secret> compare(Request<Guess, Secret> request) {
        String text = request.data().text();
        if (request.data().isRight()) {
            throw new IllegalArgumentException("not " + request.resources().reveal());
        }
        request.data(new Guess(text, text.equals(request.resources().reveal())));
        return end();
    }
}
