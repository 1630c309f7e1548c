package org.stagedpipe.transport.node;

import org.stagedpipe.transport.Endpoint;

/// The overseer that runs in this container: a service for what serves persons beside it, registered while its ports
/// are open.
public interface LocalOverseer {

    /// Its name in the cluster.
    String name();

    /// Where nodes and clients call it; it tells there where operators call.
    Endpoint endpoint();

    /// Whether callers must prove who they are; an operator's certificate is needed then.
    boolean isMutual();
}
