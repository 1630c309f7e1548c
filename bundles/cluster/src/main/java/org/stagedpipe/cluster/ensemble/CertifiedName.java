package org.stagedpipe.cluster.ensemble;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A name that a certificate proves: `spiffe://<cluster>/<role>/<node>`.
///
/// @param cluster in lower case
public record CertifiedName(String cluster, String role, String node) {

    private static final int SUBJECT_ALTERNATIVE_URI = 6; // RFC 5280, 4.2.1.6

    /// What the peer is to this side: its names in a cluster that this side's own certificate names too. One authority may sign
    /// for several clusters. All of them if this side's certificate has no such name.
    ///
    /// @param own this side's certificate and what signed it
    /// @param peer the same of the peer
    public static List<CertifiedName> ofPeer(
            Certificate @Nullable [] own, Certificate @Nullable [] peer) {
        Set<String> clusters =
                of(own).stream().map(CertifiedName::cluster).collect(Collectors.toSet());
        return of(peer).stream()
                .filter(name -> clusters.isEmpty() || clusters.contains(name.cluster()))
                .toList();
    }

    /// Those of the first certificate; none if there is none, or none of this form.
    static List<CertifiedName> of(Certificate @Nullable [] chain) {
        List<CertifiedName> all = new ArrayList<>();
        if (chain != null && chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
            for (List<?> name : alternatives(certificate)) {
                if (name.get(0) instanceof Integer type && type == SUBJECT_ALTERNATIVE_URI) {
                    parse(String.valueOf(name.get(1))).ifPresent(all::add);
                }
            }
        }
        return all;
    }

    private static List<List<?>> alternatives(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : List.copyOf(names);
        } catch (CertificateParsingException e) {
            return List.of(); // no proof
        }
    }

    /// Empty if it has another form.
    public static Optional<CertifiedName> parse(String uri) {
        try {
            URI id = URI.create(uri);
            String[] path = String.valueOf(id.getPath()).split("/", -1);
            String cluster = id.getRawAuthority();
            return "spiffe".equals(id.getScheme()) && path.length == 3 && !path[2].isEmpty()
                    ? Optional.of(
                            new CertifiedName(
                                    cluster == null ? "" : cluster.toLowerCase(Locale.ROOT),
                                    path[1],
                                    path[2]))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not a name of ours
        }
    }

    /// `operator/ann`.
    @Override
    public String toString() {
        return role + "/" + node;
    }
}
