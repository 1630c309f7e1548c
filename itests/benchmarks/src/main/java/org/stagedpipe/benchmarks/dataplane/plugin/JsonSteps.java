package org.stagedpipe.benchmarks.dataplane.plugin;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Three stages between JSON and JSON.
@Component(service = Plugin.class)
@PluginName("steps")
public final class JsonSteps implements Plugin<Reading, Void, String> {

    private final Stage<Reading, String> calibrate = stage("calibrate", this::calibrate);
    private final Stage<Reading, String> judge = stage("judge", this::judge);
    private final Stage<Reading, String> count = stage("count", this::count);

    @Override
    public StateMachine<Reading, String> stateMachine() {
        return StateMachine.of(calibrate, judge, count);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }

    private Stage<Reading, String> calibrate(Request<Reading, String> request) {
        request.data(Steps.calibrate(request.data()));
        return judge;
    }

    private Stage<Reading, String> judge(Request<Reading, String> request) {
        request.data(Steps.judge(request.data()));
        return count;
    }

    private Stage<Reading, String> count(Request<Reading, String> request) {
        request.data(Steps.count(request.data()));
        return end();
    }
}
