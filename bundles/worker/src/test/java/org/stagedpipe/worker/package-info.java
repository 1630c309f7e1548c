/// Tests of the worker, in a real container and over real connections.
@NullMarked
package org.stagedpipe.worker;

import org.jspecify.annotations.NullMarked;
