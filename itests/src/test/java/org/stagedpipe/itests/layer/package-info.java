/// What may see what, and what the README says of the tree.
@org.jspecify.annotations.NullMarked
package org.stagedpipe.itests.layer;
