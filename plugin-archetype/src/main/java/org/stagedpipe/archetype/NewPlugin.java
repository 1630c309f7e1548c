package org.stagedpipe.archetype;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

import javax.lang.model.SourceVersion;

/// A plugin project to be made, without Maven: the same project as `mvn archetype:generate` makes.
///
/// @param name of the plugin, of its artifact and of the project's folder
/// @param packageName of its classes; its group too
/// @param repository where the project finds the API, a URL for Maven
public record NewPlugin(String name, String packageName, String repository) {

    /// What a project starts with: a version of a plugin is published once, so no snapshot.
    static final String VERSION = "1.0.0";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    /// @throws IllegalArgumentException if the name is no plugin's or the package no package
    public NewPlugin {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name: \"" + name + "\" (expected: " + NAME.pattern() + ")");
        }
        if (!SourceVersion.isName(packageName)) {
            throw new IllegalArgumentException(
                    "package: \"" + packageName + "\" (expected: a Java package's name)");
        }
    }

    /// The package of a plugin whose author names none.
    public static String defaultPackage(String name) {
        return "com.example." + name.replace("-", "");
    }

    /// The template's properties.
    Map<String, String> properties() {
        return Map.of(
                "groupId", packageName,
                "artifactId", name,
                "version", VERSION,
                "package", packageName,
                "pluginName", name,
                "stagedpipeRepository", repository.replace("&", "&amp;"));
    }

    /// The folder of the package's classes below a source folder.
    Path packageFolder() {
        return Path.of(packageName.replace('.', '/'));
    }
}
