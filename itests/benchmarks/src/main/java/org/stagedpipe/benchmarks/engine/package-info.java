/// The suite `engine`: the engine, a plain loop, and a naive port of the original run the same stages on the same items.
@NullMarked
package org.stagedpipe.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
