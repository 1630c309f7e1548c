package org.stagedpipe.worker.plugin;

import java.time.Duration;

/// What a worker grants each plugin.
///
/// @param activateTimeout for each step of an activation
/// @param unloadTimeout for the collection of its class loader once it is uninstalled; then what holds it is looked for
/// @param parallelism pipelines, where a plugin lets the worker choose
/// @param stuckStages that many hanging stages, of all plugins together, and the process is to be started anew
/// @param stuckReport an item that runs for so long is logged with its stack; zero for never
/// @param leakBudget how many class loaders of uninstalled versions may be held; one more, and the worker starts anew
/// @param leakSpread within this time, so that not all workers do at once
public record PluginTerms(
        Duration activateTimeout,
        Duration unloadTimeout,
        int parallelism,
        int stuckStages,
        Duration stuckReport,
        int leakBudget,
        Duration leakSpread) {}
