package org.stagedpipe.engine;

/// Told when a virtual machine error (memory ran out, say) has ended a pipeline thread, before the thread dies of it.
@FunctionalInterface
interface FatalHandler {

    void onFatal(VirtualMachineError error);
}
