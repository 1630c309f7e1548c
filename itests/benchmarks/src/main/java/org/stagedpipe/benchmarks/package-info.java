/// The frame of all benchmarks: suites measure figures, figures have goals, and the report says which ones are met. Nothing
/// here knows what is measured.
@NullMarked
package org.stagedpipe.benchmarks;

import org.jspecify.annotations.NullMarked;
