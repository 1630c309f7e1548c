package org.stagedpipe.runtime.run.sample;

import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Multiplies numbers up to 100 by what its configuration says.
public final class Doubler implements Plugin<Doubler.Value, Doubler.Factor, Integer> {

    /// An item.
    public record Value(int number) {}

    /// A configuration.
    public record Factor(int factor) {}

    private final Stage<Value, Integer> multiply = stage("multiply", this::multiply);

    /// As Declarative Services makes it.
    public Doubler() {}

    @Override
    public StateMachine<Value, Integer> stateMachine() {
        return StateMachine.of(multiply);
    }

    @Override
    public Integer open(Factor factor) {
        if (factor.factor() == 0) {
            throw new IllegalArgumentException("factor: 0 (expected: another number)");
        }
        return factor.factor();
    }

    private Stage<Value, Integer> multiply(Request<Value, Integer> request) throws FaultException {
        int number = request.data().number();
        if (number > 100) {
            throw FaultException.permanent("number: " + number + " (expected: at most 100)");
        }
        request.data(new Value(number * request.resources()));
        return end();
    }
}
