package org.stagedpipe.runtime.run.sample;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Wants platform threads and tells what it runs on; an item that does not ask for that it leaves without data. Takes no configuration.
public final class Teller implements Plugin<Teller.Question, Void, String> {

    /// An item.
    public record Question(boolean asked, @Nullable String answer) {}

    private final Stage<Question, String> tell = stage("tell", this::tell);

    /// As Declarative Services makes it.
    public Teller() {}

    @Override
    public StateMachine<Question, String> stateMachine() {
        return StateMachine.of(tell);
    }

    @Override
    public String open(Void nothing) {
        return "opened in its context: " + isInItsContext() + ", virtual: ";
    }

    private static boolean isInItsContext() {
        return Thread.currentThread().getContextClassLoader() == Teller.class.getClassLoader();
    }

    @Override
    public Options options() {
        return Options.defaults().withPlatformThreads();
    }

    @SuppressWarnings("NullAway") // as an author's mistake
    private Stage<Question, String> tell(Request<Question, String> request) {
        boolean asked = request.data().asked();
        String answer =
                request.resources()
                        + Thread.currentThread().isVirtual()
                        + ", run in its context: "
                        + isInItsContext();
        request.data(asked ? new Question(true, answer) : null);
        return end();
    }
}
