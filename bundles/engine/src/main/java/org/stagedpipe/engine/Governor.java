package org.stagedpipe.engine;

/// Puts pipelines on and off duty as [ScalePolicy] says; called by the watch.
final class Governor<D, R> {

    private final Settings<D, R> settings;
    private final Crew<D, R> crew;
    private ScalePolicy.State state;
    private long lookedAt;
    private long completed;

    /// @param now of the clock that [#look] is told
    Governor(Settings<D, R> settings, Crew<D, R> crew, long now) {
        this.settings = settings;
        this.crew = crew;
        this.state = ScalePolicy.start(settings.scale());
        this.lookedAt = now;
    }

    void look(long now) {
        if (settings.scale().isFixed()) {
            return;
        }
        long completedNow = crew.completed();
        double busy = (double) crew.busy() / crew.duty();
        if (!ScalePolicy.isTick(now - lookedAt, completedNow - completed, crew.duty(), busy)) {
            return;
        }
        double perSecond = (completedNow - completed) * 1e9 / (now - lookedAt);
        int before = state.pipelines();
        state = ScalePolicy.next(settings.scale(), state, perSecond, busy);
        lookedAt = now;
        completed = completedNow;
        if (state.pipelines() != before) {
            crew.duty(state.pipelines() * settings.width());
            settings.observers().listener().scaled(before, state.pipelines());
        }
    }
}
