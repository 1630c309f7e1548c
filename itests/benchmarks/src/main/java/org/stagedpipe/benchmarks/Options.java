package org.stagedpipe.benchmarks;

import java.util.List;

/// The command line of `itests/bench`.
///
/// @param suite which suite
/// @param quick a few minutes with less certainty
/// @param only only figures whose names contain this, see [Report#wants]; empty for all
record Options(String suite, boolean quick, String only) {

    static final String USAGE = "usage: itests/bench SUITE [--quick] [--only TEXT]";

    /// @throws IllegalArgumentException if they are not understood
    static Options parse(List<String> arguments) {
        String suite = "";
        boolean quick = false;
        String only = "";
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--quick")) {
                quick = true;
            } else if (argument.equals("--only") && i + 1 < arguments.size()) {
                only = arguments.get(++i);
            } else if (suite.isEmpty() && !argument.startsWith("-")) {
                suite = argument;
            } else {
                throw new IllegalArgumentException("not understood: " + argument);
            }
        }
        if (suite.isEmpty()) {
            throw new IllegalArgumentException("no suite given");
        }
        return new Options(suite, quick, only);
    }
}
