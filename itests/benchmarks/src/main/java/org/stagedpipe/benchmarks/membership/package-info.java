/// What members cost an overseer, and how soon the others hear of one.
@NullMarked
package org.stagedpipe.benchmarks.membership;

import org.jspecify.annotations.NullMarked;
