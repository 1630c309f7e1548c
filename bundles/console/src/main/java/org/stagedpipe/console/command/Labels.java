package org.stagedpipe.console.command;

/// What parameters are called in the usage texts; completion knows by them what to offer.
public final class Labels {

    /// A node's name.
    public static final String NODE = "NODE";

    /// A plugin's name.
    public static final String PLUGIN = "NAME";

    /// A version of the plugin that was named before.
    public static final String VERSION = "VERSION";

    /// A label of a version of the plugin that was named before.
    public static final String LABEL = "LABEL";

    /// The ID of a rollout.
    public static final String ROLLOUT = "ROLLOUT";

    /// A library's symbolic name.
    public static final String LIBRARY = "LIBRARY";

    /// A version of the library that was named before.
    public static final String LIBRARY_VERSION = "LIBRARY_VERSION";

    /// The ID of an open group.
    public static final String GROUP = "ID";

    /// The ID of a group of which items that failed are kept.
    public static final String DEAD_LETTERS = "GROUP";

    /// A file.
    public static final String JAR = "JAR";

    private Labels() {}
}
