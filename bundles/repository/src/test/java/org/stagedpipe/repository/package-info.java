/// Tests of the repository.
@NullMarked
package org.stagedpipe.repository;

import org.jspecify.annotations.NullMarked;
