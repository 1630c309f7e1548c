package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.command.LibraryView.EntryView;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `library`: bundles that plugins need beside what workers have.
@Command(name = "library", description = "bundles that plugins need: list, publish, delete")
public final class LibraryCommands {

    private LibraryCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new LibraryCommands())
                .addSubcommand(new ListLibraries(context))
                .addSubcommand(new PublishLibrary(context))
                .addSubcommand(new DeleteLibrary(context));
    }

    @Command(name = "list", description = "lists the libraries and which plugins need them")
    private static final class ListLibraries implements Callable<Integer> {

        private final ConsoleContext context;

        ListLibraries(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<EntryView> libraries;
            try (AdminClient admin = context.connect()) {
                libraries = admin.libraries().stream().map(EntryView::of).toList();
            }
            if (context.isJson()) {
                context.printJson(libraries);
                return ExitCode.OK;
            }
            Table table =
                    new Table("NAME", "VERSION", "SIZE", "PUBLISHED", "BY", "SIGNED", "USED BY");
            for (EntryView library : libraries) {
                table.row(
                        library.name(),
                        library.version(),
                        Values.bytes(library.size()),
                        library.published(),
                        library.operator(),
                        library.signed() ? "yes" : "no",
                        String.join(", ", library.usedBy()));
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "publish",
            description =
                    "puts bundles into the repository; a plugin that is installed or updated from"
                            + " then on may need them")
    private static final class PublishLibrary implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.JAR, arity = "1..*", description = "the bundles")
        private List<Path> jars = List.of();

        PublishLibrary(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException, SeveralException {
            ProgressView progress = new ProgressView(context);
            try (LastingOverseer overseer = new LastingOverseer(context, progress)) {
                new EachJar<>(
                                context,
                                jar -> publish(overseer, jar, progress),
                                done -> done.file() + " is in the repository: " + done.library())
                        .of(jars);
                return ExitCode.OK;
            }
        }

        private static Published publish(LastingOverseer overseer, Path jar, ProgressView progress)
                throws CallException, IOException, InterruptedException {
            progress.another();
            Optional<PluginEntry> library =
                    Changes.follow(
                            progress,
                            () ->
                                    overseer.publish(
                                            AdminClient.Wish.of(
                                                    PublishBegin.Mode.LIBRARY, null, false),
                                            jar,
                                            null,
                                            progress));
            return new Published(
                    String.valueOf(jar.getFileName()),
                    library.map(PluginEntry::getName).orElse(""));
        }

        /// As programs read it.
        private record Published(String file, String library) {}
    }

    @Command(name = "delete", description = "removes a library that no plugin needs")
    private static final class DeleteLibrary implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(
                index = "0",
                paramLabel = Labels.LIBRARY,
                description = "the library's symbolic name")
        private String name = "";

        @Parameters(index = "1", paramLabel = Labels.LIBRARY_VERSION, description = "which one")
        private String version = "";

        DeleteLibrary(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            EntryView deleted;
            try (AdminClient admin = context.connect()) {
                try {
                    deleted = EntryView.of(admin.deleteLibrary(name, version));
                } catch (CallException e) {
                    throw named(admin, e);
                }
            }
            if (context.isJson()) {
                context.printJson(deleted);
            } else {
                context.print(name + " " + version + " is deleted\n");
            }
            return ExitCode.OK;
        }

        /// The failure with what was probably meant.
        private CallException named(AdminClient admin, CallException failure)
                throws InterruptedException {
            if (failure.kind() != Kind.NOT_FOUND) {
                return failure;
            }
            try {
                List<Library> known =
                        admin.libraries().stream().map(LibraryEntry::getLibrary).toList();
                List<String> names =
                        known.stream().map(Library::getSymbolicName).distinct().toList();
                if (!names.contains(name)) {
                    String hint = Nearest.hint(name, names, "libraries");
                    return PluginCommands.notFound(
                            "library", name, "there is no such library; " + hint, failure);
                }
                List<String> versions =
                        known.stream()
                                .filter(library -> library.getSymbolicName().equals(name))
                                .map(Library::getVersion)
                                .toList();
                if (versions.contains(version)) {
                    return failure; // it is something else that was not found
                }
                String hint = Nearest.hint(version, versions, "versions");
                return PluginCommands.notFound(
                        "version", version, name + " has no such version; " + hint, failure);
            } catch (CallException e) {
                failure.addSuppressed(e);
                return failure;
            }
        }
    }
}
