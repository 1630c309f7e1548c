package org.stagedpipe.engine;

/// Told when a thread of the pipelines has met a virtual machine error (memory ran out, say), before what follows from it.
@FunctionalInterface
interface FatalHandler {

    void onFatal(VirtualMachineError error);
}
