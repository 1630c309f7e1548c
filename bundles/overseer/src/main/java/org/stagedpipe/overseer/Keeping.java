package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

    private static final Logger LOG = LoggerFactory.getLogger(Keeping.class);

    /// Keeps what was uploaded, here and on a majority of the overseers.
    ///
    /// @throws CallException REFUSED if there is none in time; INTERNAL
    void keep(Upload upload, Steps steps)
            throws CallException, StoreException, InterruptedException {
        keep(upload);
        replicas.spread(upload.sha256(), steps);
        steps.step("store", "sha-256 " + upload.sha256());
    }

    /// The same of what was kept before and may be damaged since; who does not answer changes nothing.
    ///
    /// @throws CallException INTERNAL
    void mend(Upload upload, Steps steps)
            throws CallException, StoreException, InterruptedException {
        keep(upload);
        replicas.mend(upload.sha256(), steps);
        steps.step("store", "sha-256 " + upload.sha256());
    }

    private void keep(Upload upload) throws CallException {
        try {
            blobs.keep(upload);
        } catch (IOException e) {
            throw disk().failed("bundle " + upload.sha256(), upload.size(), e);
        }
    }

    /// Where this overseer keeps them.
    Disk disk() {
        return replicas.disk();
    }

    /// Removes here what the catalogue does not name any more; the [Sweeper] does what this cannot.
    void drop(String sha256, Steps steps) {
        try {
            blobs.remove(sha256);
            steps.step("delete", "sha-256 " + sha256);
        } catch (IOException e) {
            LOG.warn("bundle {} stays until it is swept: {}", sha256, e.toString());
            steps.step("delete", "its file stays until it is swept: " + e);
        }
    }
}
