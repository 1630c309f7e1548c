package org.stagedpipe.worker.plugin;

import java.time.Duration;

/// What a worker grants each plugin.
///
/// @param activateTimeout for each step of an activation
/// @param unloadTimeout for the collection of its class loader once it is uninstalled; then what holds it is looked for
/// @param parallelism pipelines, where a plugin lets the worker choose
/// @param leakBudget how many class loaders of uninstalled versions may be held; one more, and the worker starts anew
public record PluginTerms(
        Duration activateTimeout, Duration unloadTimeout, int parallelism, int leakBudget) {}
