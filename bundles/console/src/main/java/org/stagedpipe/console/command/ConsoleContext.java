package org.stagedpipe.console.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What commands share: the streams, the global options and the way to the overseer. One for each command line, for one
/// thread.
public final class ConsoleContext {

    private static final ObjectMapper JSON =
            ItemJson.escaped(
                    JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build());

    private final ConsoleIo io;
    private final GlobalOptions options;
    private final Defaults defaults;

    /// A context for those streams; the options are filled by whoever parses the command line.
    public ConsoleContext(ConsoleIo io, GlobalOptions options, Defaults defaults) {
        this.io = io;
        this.options = options;
        this.defaults = defaults;
    }

    /// The streams.
    public ConsoleIo io() {
        return io;
    }

    /// What holds where the command line says nothing.
    public Defaults defaults() {
        return defaults;
    }

    /// Where overseers serve: as the command line says, otherwise as the environment does, otherwise the default.
    public List<Endpoint> overseers() {
        List<Endpoint> given = given();
        return given.isEmpty() ? defaults.overseers() : given;
    }

    /// Whether the command line or the environment says where overseers serve.
    public boolean namesOverseers() {
        return !given().isEmpty();
    }

    private List<Endpoint> given() {
        List<Endpoint> given = options.overseers;
        if (given != null && !given.isEmpty()) {
            return given;
        }
        String variable = defaults.environment().getOrDefault("STAGEDPIPE_OVERSEER", "");
        if (variable.isBlank()) {
            return List.of();
        }
        try {
            return Stream.of(variable.split(",", -1)).map(Endpoint::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new UsageException("STAGEDPIPE_OVERSEER: " + e.getMessage());
        }
    }

    /// How this operator proves who it is: as the command line says, otherwise as the environment does, otherwise the
    /// default.
    ///
    /// @throws UsageException if the files cannot be used
    public Security security() {
        @Nullable Path certificate = file(options.tlsCertificate, "STAGEDPIPE_TLS_CERTIFICATE");
        @Nullable Path key = file(options.tlsKey, "STAGEDPIPE_TLS_KEY");
        @Nullable Path authorities = file(options.tlsAuthorities, "STAGEDPIPE_TLS_AUTHORITIES");
        if (certificate == null && key == null && authorities == null) {
            return defaults.security();
        }
        if (certificate == null || key == null || authorities == null) {
            throw new UsageException(
                    "TLS: only some of the files (expected: --tls-certificate, --tls-key and"
                            + " --tls-authorities together, or STAGEDPIPE_TLS_CERTIFICATE, _KEY and"
                            + " _AUTHORITIES)");
        }
        try {
            return Security.tls(certificate, key, authorities);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Path file(@Nullable Path option, String variable) {
        if (option != null) {
            return option;
        }
        String value = defaults.environment().getOrDefault(variable, "");
        return value.isBlank() ? null : Path.of(value);
    }

    /// A failure with what is known of the default overseers, where it is that none of them answers.
    public CallException explained(CallException e) {
        boolean isOfDefaults = e.kind() == Kind.UNREACHABLE && given().isEmpty();
        String known = isOfDefaults ? defaults.ofOverseers() : "";
        return known.isEmpty() ? e : new CallException(e.kind(), e.getMessage() + "; " + known, e);
    }

    /// Connects to an overseer. The caller closes it.
    ///
    /// @throws CallException if none answers
    public AdminClient connect() throws CallException, InterruptedException {
        return connect(Set.of());
    }

    /// The same, or to another one that is known.
    ///
    /// @param others tried after those that are to be asked
    AdminClient connect(Collection<Endpoint> others) throws CallException, InterruptedException {
        Set<Endpoint> all = new LinkedHashSet<>(overseers());
        all.addAll(others);
        AdminClient client;
        try {
            client = AdminClient.connect(List.copyOf(all), security(), defaults.operator());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        } catch (CallException e) {
            throw explained(e);
        }
        detail(
                "overseer "
                        + client.overseer().getName()
                        + ", version "
                        + client.overseer().getVersion());
        return client;
    }

    /// Whether data goes to programs.
    public boolean isJson() {
        return options.format == GlobalOptions.Format.json;
    }

    /// Whether data may have colours.
    public boolean isColored() {
        return io.isOutTerminal() && !options.noColor && System.getenv("NO_COLOR") == null;
    }

    /// Whether progress is wanted.
    public boolean isQuiet() {
        return options.quiet;
    }

    /// Prints one value as JSON.
    public void printJson(Object value) {
        print(JSON.writer(), value);
    }

    /// The same in one line, for several values.
    public void printJsonLine(Object value) {
        print(JSON.writer().without(SerializationFeature.INDENT_OUTPUT), value);
    }

    private void print(ObjectWriter writer, Object value) {
        try {
            String text = writer.writeValueAsString(value) + System.lineSeparator();
            io.out().writeBytes(text.getBytes(StandardCharsets.UTF_8)); // whatever the locale
            io.out().flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(value.getClass() + ": has no JSON", e);
        }
    }

    /// Prints data as it is.
    public void print(String text) {
        io.out().print(text);
        io.out().flush();
    }

    /// Tells a person how it goes, unless it wants to hear nothing.
    public void note(String line) {
        if (!options.quiet) {
            tell(line);
        }
    }

    /// Tells a person what is missing in the data, also one that wants to hear of nothing else.
    public void warn(String line) {
        tell(line);
    }

    /// Tells a person more, if it wants to hear more.
    public void detail(String line) {
        if (options.verbose) {
            tell(line);
        }
    }

    private void tell(String line) {
        io.err().println(Values.plain(line));
        io.err().flush();
    }
}
