package ${package};

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.List;

/// The plugin: check, then greet. A stage answers with the next one; what it throws is the fault of that item only.
@Component(service = Plugin.class)
@PluginName("${pluginName}")
public final class Greeter implements Plugin<Greeting, GreeterConfig, String> {

    private final Stage<Greeting, String> check = stage("check", this::check);
    private final Stage<Greeting, String> greet = stage("greet", this::greet);

    @Override
    public StateMachine<Greeting, String> stateMachine() {
        return StateMachine.of(check, greet); // the first one starts
    }

    /// Makes what the items of a group share, here a word; a pool or a table elsewhere. It is closed with the group.
    @Override
    public String open(GreeterConfig config) {
        return config.salutation();
    }

    private Stage<Greeting, String> check(Request<Greeting, String> request)
            throws FaultException {
        String name = request.data().name();
        if (name == null || name.isBlank()) {
            throw FaultException.permanent("name: missing (expected: someone to greet)");
        }
        return greet;
    }

    private Stage<Greeting, String> greet(Request<Greeting, String> request) {
        Greeting greeting = request.data();
        request.data(greeting.with(List.of(request.resources(), greeting.name())));
        return end();
    }
}
