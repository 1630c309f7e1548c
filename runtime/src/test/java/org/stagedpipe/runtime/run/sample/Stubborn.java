package org.stagedpipe.runtime.run.sample;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.StateMachine;

/// Throws where its host does not wait for it.
public class Stubborn implements Plugin<Teller.Question, Void, String> {

    /// As Declarative Services makes it.
    public Stubborn() {}

    /// The same, with a state machine that cannot be made.
    public static final class Unmade extends Stubborn {

        /// As Declarative Services makes it.
        public Unmade() {}

        @Override
        public StateMachine<Teller.Question, String> stateMachine() {
            throw new IllegalStateException("no table of stages");
        }
    }

    @Override
    public StateMachine<Teller.Question, String> stateMachine() {
        return StateMachine.of(stage("pass", request -> end()));
    }

    @Override
    public String open(Void nothing) {
        return "";
    }

    @Override
    public void close(String resources) {
        throw new IllegalStateException("the disk is full");
    }
}
