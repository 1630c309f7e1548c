package org.stagedpipe.zookeeper;

import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.common.X509Exception;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.auth.X509AuthenticationProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/// Lets in whose certificate says `spiffe://<cluster>/overseer/<name>`, and nobody else: what overseers share is not for
/// other nodes, clients or operators. ZooKeeper makes one by its name.
public final class OverseersOnly extends X509AuthenticationProvider {

    private static final Logger LOG = LoggerFactory.getLogger(OverseersOnly.class);
    private static final int SUBJECT_ALTERNATIVE_URI = 6; // RFC 5280, 4.2.1.6

    /// With ZooKeeper's key stores.
    ///
    /// @throws X509Exception if they cannot be used
    public OverseersOnly() throws X509Exception {}

    @Override
    public KeeperException.Code handleAuthentication(ServerCnxn connection, byte[] data) {
        KeeperException.Code code = super.handleAuthentication(connection, data);
        if (code != KeeperException.Code.OK || isOverseer(connection.getClientCertificateChain())) {
            return code;
        }
        LOG.warn("{} is no overseer", connection.getRemoteSocketAddress());
        return KeeperException.Code.AUTHFAILED;
    }

    static boolean isOverseer(Certificate[] chain) {
        try {
            return chain.length > 0
                    && chain[0] instanceof X509Certificate certificate
                    && names(certificate).stream().anyMatch(OverseersOnly::isOverseer);
        } catch (CertificateParsingException e) {
            return false; // no proof
        }
    }

    private static Collection<List<?>> names(X509Certificate certificate)
            throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null ? List.of() : names;
    }

    static boolean isOverseer(List<?> name) {
        if (!(name.getFirst() instanceof Integer type) || type != SUBJECT_ALTERNATIVE_URI) {
            return false;
        }
        try {
            URI id = URI.create(String.valueOf(name.get(1)));
            String[] path = String.valueOf(id.getPath()).split("/", -1);
            return "spiffe".equals(id.getScheme())
                    && path.length == 3
                    && path[1].equals("overseer")
                    && !path[2].isEmpty();
        } catch (IllegalArgumentException e) {
            return false; // not a name of ours
        }
    }
}
