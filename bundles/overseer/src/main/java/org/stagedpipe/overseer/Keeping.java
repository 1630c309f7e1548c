package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;

import java.io.IOException;

/// Where bundles are kept.
///
/// @param blobs here
/// @param replicas on the other overseers
record Keeping(Blobs blobs, Replicas replicas) {

    /// Keeps what was uploaded, here and on a majority of the overseers.
    ///
    /// @throws CallException REFUSED if there is none in time
    void keep(Upload upload, Steps steps)
            throws CallException, StoreException, IOException, InterruptedException {
        blobs.keep(upload);
        replicas.spread(upload.sha256(), steps);
        steps.step("store", "sha-256 " + upload.sha256());
    }

    /// The same of what was kept before and may be damaged since; who does not answer changes nothing.
    void mend(Upload upload, Steps steps) throws StoreException, IOException, InterruptedException {
        blobs.keep(upload);
        replicas.mend(upload.sha256(), steps);
        steps.step("store", "sha-256 " + upload.sha256());
    }
}
