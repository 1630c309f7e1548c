package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Exchange;

import java.util.List;

/// What operators call for libraries and labels.
final class RepositoryAdmin {

    private final Store store;
    private final Changes changes;
    private final Libraries libraries;
    private final Plugins plugins;

    RepositoryAdmin(Store store, Changes changes, Libraries libraries, Plugins plugins) {
        this.store = store;
        this.changes = changes;
        this.libraries = libraries;
        this.plugins = plugins;
    }

    List<LibraryEntry> list() throws CallException, InterruptedException {
        return Failures.told(() -> {
            List<LibraryEntry> all = libraries.entries();
            store.confirm();
            return all;
        });
    }

    void delete(Exchange<LibraryEntry, DeleteLibraryRequest> exchange)
            throws CallException, InterruptedException {
        DeleteLibraryRequest request = Admin.first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        exchange.send(
                Failures.told(() ->
                        libraries.delete(request.getSymbolicName(), request.getVersion(), by)));
    }

    void label(Exchange<PluginEntry, LabelVersionRequest> exchange)
            throws CallException, InterruptedException {
        LabelVersionRequest request = Admin.first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        exchange.send(
                Failures.told(() -> {
                    changes.label(request.getName(), request.getVersion(), request.getLabel(), by);
                    return plugins.entry(Admission.known(store.catalogue(), request.getName()));
                }));
    }
}
