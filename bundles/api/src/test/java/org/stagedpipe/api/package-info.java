/// Tests of what the values of the API refuse.
@NullMarked
package org.stagedpipe.api;

import org.jspecify.annotations.NullMarked;
