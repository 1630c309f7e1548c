/// A plugin for the tests of `run --local`.
@NullMarked
package org.stagedpipe.runtime.run.sample;

import org.jspecify.annotations.NullMarked;
