/// Tests of what only this package sees.
@NullMarked
package org.stagedpipe.console.admin;

import org.jspecify.annotations.NullMarked;
