package org.stagedpipe.zookeeper;

import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.common.X509Exception;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.auth.X509AuthenticationProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.ensemble.CertifiedName;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;

/// Lets in whose certificate says `spiffe://<cluster>/overseer/<name>`, of this node's cluster, and nobody else: what overseers
/// share is not for other nodes, clients or operators. ZooKeeper makes one by its name.
public final class OverseersOnly extends X509AuthenticationProvider {

    private static final Logger LOG = LoggerFactory.getLogger(OverseersOnly.class);

    private final Certificate[] own;

    /// With ZooKeeper's key stores.
    ///
    /// @throws X509Exception if they cannot be used
    public OverseersOnly() throws X509Exception {
        try {
            own = QuorumContext.chain(QuorumContext.store("zookeeper.ssl.", "keyStore"));
        } catch (GeneralSecurityException | IOException e) {
            throw new X509Exception.KeyManagerException(e);
        }
    }

    @Override
    public KeeperException.Code handleAuthentication(ServerCnxn connection, byte[] data) {
        KeeperException.Code code = super.handleAuthentication(connection, data);
        if (code != KeeperException.Code.OK
                || isOverseer(own, connection.getClientCertificateChain())) {
            return code;
        }
        LOG.warn("{} is no overseer", connection.getRemoteSocketAddress());
        return KeeperException.Code.AUTHFAILED;
    }

    /// @param own the certificate of this node and what signed it
    static boolean isOverseer(Certificate[] own, Certificate[] chain) {
        return CertifiedName.ofPeer(own, chain).stream()
                .anyMatch(name -> name.role().equals("overseer"));
    }
}
