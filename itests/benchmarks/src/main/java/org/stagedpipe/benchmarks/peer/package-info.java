/// Other systems that run a job in stages, and the job that they and the cluster run.
@NullMarked
package org.stagedpipe.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
