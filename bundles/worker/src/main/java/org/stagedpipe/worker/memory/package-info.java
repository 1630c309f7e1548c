/// How a worker keeps within its memory: the ledger reserves bytes before an item is taken in, the brake stops the intake
/// when what is measured is high all the same.
@NullMarked
package org.stagedpipe.worker.memory;

import org.jspecify.annotations.NullMarked;
