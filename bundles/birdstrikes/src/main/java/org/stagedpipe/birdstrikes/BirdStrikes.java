package org.stagedpipe.birdstrikes;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.lang.reflect.Type;
import java.sql.SQLException;
import java.util.List;

/// Loads reports of bird strikes: clean, convert, enrich, load. One item is a batch of lines. Version 1.0.0.
@Component(service = Plugin.class)
@PluginName("birdstrikes")
public final class BirdStrikes implements Plugin<Batch, LoadConfig, Warehouse> {

    static final Schema SCHEMA = Schema.of("1.0.0");

    private final Stage<Batch, Warehouse> clean = stage("clean", this::clean);
    private final Stage<Batch, Warehouse> convert = stage("convert", this::convert);
    private final Stage<Batch, Warehouse> enrich = stage("enrich", this::enrich);
    private final Stage<Batch, Warehouse> load = stage("load", this::load);

    @Override
    public StateMachine<Batch, Warehouse> stateMachine() {
        return StateMachine.of(clean, convert, enrich, load);
    }

    @Override
    public Warehouse open(LoadConfig config) throws SQLException, IOException {
        return Warehouse.open(config, SCHEMA);
    }

    @Override
    public Type dataType() {
        return Lines.class;
    }

    private Stage<Batch, Warehouse> clean(Request<Batch, Warehouse> request) throws FaultException {
        request.data(Cleaner.clean((Lines) request.data()));
        return convert;
    }

    private Stage<Batch, Warehouse> convert(Request<Batch, Warehouse> request)
            throws FaultException {
        request.data(Converter.convert((CleanLines) request.data()));
        return enrich;
    }

    private Stage<Batch, Warehouse> enrich(Request<Batch, Warehouse> request) {
        request.data(request.resources().join((Strikes) request.data()));
        return load;
    }

    private Stage<Batch, Warehouse> load(Request<Batch, Warehouse> request) throws FaultException {
        Strikes strikes = (Strikes) request.data();
        List<Strike> loaded = request.resources().load(strikes, request);
        request.data(Summary.of(SCHEMA.version(), strikes.read(), loaded));
        return end();
    }
}
