/// Makes plugin projects from the template that Maven's archetype uses too.
@NullMarked
package org.stagedpipe.archetype;

import org.jspecify.annotations.NullMarked;
