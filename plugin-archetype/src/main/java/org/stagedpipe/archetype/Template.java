package org.stagedpipe.archetype;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The archetype's files, in its jar or in a folder of classes, filled in without Maven.
///
/// The template uses `${name}` of the archetype's properties and nothing else of Velocity, so replacing texts is enough;
/// a test of this module's build compares the two ways.
public final class Template {

    private static final String FILES = "archetype-resources";
    private static final List<Path> SOURCES =
            List.of(Path.of("src/main/java"), Path.of("src/test/java"));

    private final Path archetype;

    /// The template in that archetype.
    ///
    /// @param archetype its jar, or the folder that would be packed into it
    public Template(Path archetype) {
        this.archetype = archetype;
    }

    /// Writes the project into a new folder of the plugin's name.
    ///
    /// @return that folder
    /// @throws IOException if it is there already, or cannot be written
    public Path make(NewPlugin plugin, Path parent) throws IOException {
        Path project = parent.resolve(plugin.name());
        if (Files.exists(project)) {
            throw new IOException(project + ": is there already (expected: a new folder)");
        }
        try {
            Files.createDirectories(project);
        } catch (IOException e) {
            throw new IOException(
                    project
                            + ": cannot be made ("
                            + e
                            + "; expected: in a folder that can be written)",
                    e);
        }
        if (Files.isDirectory(archetype)) {
            copy(archetype.resolve(FILES), project, plugin);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(archetype)) {
                copy(jar.getPath(FILES), project, plugin);
            }
        }
        return project;
    }

    private static void copy(Path files, Path project, NewPlugin plugin) throws IOException {
        try (Stream<Path> all = Files.walk(files)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path inTemplate = Path.of(files.relativize(file).toString());
                Path target = project.resolve(inProject(inTemplate, plugin));
                Files.createDirectories(target.resolveSibling(""));
                Files.writeString(target, filled(Files.readString(file), plugin.properties()));
            }
        }
    }

    private static Path inProject(Path inTemplate, NewPlugin plugin) {
        return SOURCES.stream()
                .filter(inTemplate::startsWith)
                .findFirst()
                .map(folder ->
                        folder.resolve(plugin.packageFolder())
                                .resolve(folder.relativize(inTemplate)))
                .orElse(inTemplate);
    }

    private static String filled(String text, Map<String, String> properties) {
        String filled = text;
        for (Map.Entry<String, String> property : properties.entrySet()) {
            filled = filled.replace("${" + property.getKey() + "}", property.getValue());
        }
        return filled;
    }
}
