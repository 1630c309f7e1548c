package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.Role;

import java.util.List;
import java.util.Set;

/// Writes into the audit log which dead letters operators had coordinators remove. A coordinator reports each until an overseer
/// tells it that it is there, see [Briefing]; so none is lost with a leader, or while there is none, and none stands there twice.
/// For one thread.
final class LetterDrops {

    private static final Logger LOG = LoggerFactory.getLogger(LetterDrops.class);
    private static final Set<String> RESULTS = Set.of("done", "failed", "unfinished");

    private final Nodes nodes;
    private final AuditLog audit;
    private String said = "";

    LetterDrops(Nodes nodes, AuditLog audit) {
        this.nodes = nodes;
        this.audit = audit;
    }

    private record Report(Node coordinator, LettersDropped drop) {}

    /// All that have been reported and are not there yet.
    void write() throws InterruptedException {
        List<Report> reports = reports();
        if (reports.isEmpty()) {
            return;
        }
        try {
            write(reports);
            said = "";
        } catch (StoreException e) { // the next heartbeat reports it again
            String text = String.valueOf(e.getMessage());
            if (!text.equals(said)) {
                LOG.warn("dropped dead letters are not in the audit log yet: {}", text);
            }
            said = text;
        }
    }

    private void write(List<Report> reports) throws StoreException {
        Set<String> there = audit.reported();
        for (Report report : reports) {
            AuditRecord entry = entry(report);
            if (there.add(entry.id())) {
                audit.report(entry);
            }
            nodes.with(() -> report.coordinator().record(report.drop().getId()));
        }
    }

    private List<Report> reports() {
        return nodes.with(() ->
                nodes.all(Role.COORDINATOR).stream()
                        .flatMap(
                                node -> node.dropped().stream().map(drop -> new Report(node, drop)))
                        .toList());
    }

    /// All of it is the coordinator's word. Its id begins with that one's name, so that none can write over what another one reports; what
    /// operators have done at overseers is on other pages, so that no coordinator can push that out.
    private static AuditRecord entry(Report report) {
        LettersDropped drop = report.drop();
        String coordinator = report.coordinator().name();
        return new AuditRecord(
                coordinator + "/" + Wire.hex(drop.getId()),
                drop.getTimeMs(),
                new Initiator(drop.getOperator(), drop.getProven(), drop.getFrom()),
                "drop %d dead letters of group %s on %s"
                        .formatted(drop.getItems(), Wire.uuid(drop.getGroup()), coordinator),
                new AuditRecord.Subject(drop.getPlugin(), "", "", ""),
                RESULTS.contains(drop.getResult()) ? drop.getResult() : "failed",
                drop.getText(),
                drop.getDurationMs());
    }
}
