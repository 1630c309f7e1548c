package org.stagedpipe.birdstrikes.season;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.birdstrikes.Batch;
import org.stagedpipe.birdstrikes.CleanLines;
import org.stagedpipe.birdstrikes.Cleaner;
import org.stagedpipe.birdstrikes.Column;
import org.stagedpipe.birdstrikes.Converter;
import org.stagedpipe.birdstrikes.Lines;
import org.stagedpipe.birdstrikes.LoadConfig;
import org.stagedpipe.birdstrikes.Schema;
import org.stagedpipe.birdstrikes.Strike;
import org.stagedpipe.birdstrikes.Strikes;
import org.stagedpipe.birdstrikes.Summary;
import org.stagedpipe.birdstrikes.Warehouse;

import java.io.IOException;
import java.lang.reflect.Type;
import java.sql.SQLException;
import java.util.List;

/// Loads reports of bird strikes with their seasons. Version 1.1.0; an older version's table gets the new column.
@Component(service = Plugin.class)
@PluginName("birdstrikes")
public final class SeasonalBirdStrikes implements Plugin<Batch, LoadConfig, Warehouse> {

    static final Schema SCHEMA =
            Schema.of("1.1.0")
                    .with(
                            new Column(
                                    "season",
                                    "VARCHAR(6)",
                                    strike -> Season.of(strike.flight().date()).text()));

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
        Summary summary = Summary.of(SCHEMA.version(), strikes.read(), loaded);
        request.data(summary.withSeasons(Season.count(loaded)));
        return end();
    }
}
