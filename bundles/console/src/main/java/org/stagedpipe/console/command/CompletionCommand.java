package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/// `completion`: a script by which a shell of the operating system completes the command line.
@Command(
        name = "completion",
        description = {
            "prints a script that completes commands and options in bash or zsh",
            "",
            "In this shell:  source <(stagedpipe completion bash)",
            "In every one:   stagedpipe completion bash >"
                    + " ~/.local/share/bash-completion/completions/stagedpipe"
        })
public final class CompletionCommand implements Callable<Integer> {

    private enum Shell {
        bash,
        zsh
    }

    private final ConsoleContext context;

    @Spec private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "SHELL",
            arity = "0..1",
            defaultValue = "bash",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Shell shell = Shell.bash;

    /// With what all commands share.
    public CompletionCommand(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not run by a command line");
        }
        CommandSpec root = spec.root();
        String script = AutoComplete.bash(root.name(), root.commandLine());
        // zsh reads scripts of bash when it is told to.
        String before = shell == Shell.zsh ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
        context.print(before + script);
        return ExitCode.OK;
    }
}
