/// Tests of the engine, named after the rows of the behaviour they prove.
@NullMarked
package org.stagedpipe.engine;

import org.jspecify.annotations.NullMarked;
