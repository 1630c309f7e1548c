/// Calls between processes. Everything that knows gRPC's classes is here; roles see [Rpc], [Call] and [Receiver].
///
/// Callbacks of streams come one at a time for each stream, on a thread of the transport, and must not block. Handlers of
/// unary calls and of [Exchange]s run on a virtual thread of their own and may block.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
