/// Parts of a group on their own.
@NullMarked
package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.NullMarked;
