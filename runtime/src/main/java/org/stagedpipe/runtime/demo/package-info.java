/// The demo: a cluster of real processes, real data, a hot update and a killed worker, and whether everything adds up.
@NullMarked
package org.stagedpipe.runtime.demo;

import org.jspecify.annotations.NullMarked;
