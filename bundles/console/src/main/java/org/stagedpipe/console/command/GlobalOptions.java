package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.Endpoint;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.nio.file.Path;
import java.util.List;

/// What every command takes, before or after its name.
public final class GlobalOptions {

    /// How data is printed.
    public enum Format {
        /// For persons.
        table,
        /// For programs: names of fields stay as they are.
        json
    }

    @Option(
            names = "--overseer",
            paramLabel = "H:P",
            split = ",",
            scope = ScopeType.INHERIT,
            description =
                    "where overseers serve, several are tried in turn; otherwise"
                            + " $STAGEDPIPE_OVERSEER")
    @Nullable List<Endpoint> overseers;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            scope = ScopeType.INHERIT,
            description = "how data is printed: ${COMPLETION-CANDIDATES}")
    Format format = Format.table;

    @Option(
            names = "--no-color",
            scope = ScopeType.INHERIT,
            description = "no colours, also on a terminal")
    boolean noColor;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "no progress, only data and errors")
    boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "say more on standard error")
    boolean verbose;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "the operator's certificate, PEM; otherwise $STAGEDPIPE_TLS_CERTIFICATE")
    @Nullable Path tlsCertificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "its private key, PEM, PKCS 8; otherwise $STAGEDPIPE_TLS_KEY")
    @Nullable Path tlsKey;

    @Option(
            names = "--tls-authorities",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "the certificates that an overseer's must be signed by, PEM; otherwise"
                            + " $STAGEDPIPE_TLS_AUTHORITIES")
    @Nullable Path tlsAuthorities;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "say what the command does and takes")
    boolean help;
}
