@NullMarked
package org.stagedpipe.archetype;

import org.jspecify.annotations.NullMarked;
