/// The worker as a node: its component, its settings, its membership. Everything else is in the packages below:
/// `plugin` holds versions of plugins, `part` runs the groups' parts, `codec` reads and writes JSON.
@NullMarked
package org.stagedpipe.worker;

import org.jspecify.annotations.NullMarked;
