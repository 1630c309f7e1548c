package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
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

    List<LibraryEntry> list() throws CallException {
        return Admin.stored(libraries::entries);
    }

    void delete(Exchange<LibraryEntry, DeleteLibraryRequest> exchange)
            throws CallException, InterruptedException {
        DeleteLibraryRequest request = first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        exchange.send(
                written(() ->
                        libraries.delete(request.getSymbolicName(), request.getVersion(), by)));
    }

    void label(Exchange<PluginEntry, LabelVersionRequest> exchange)
            throws CallException, InterruptedException {
        LabelVersionRequest request = first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        exchange.send(
                written(() -> {
                    changes.label(request.getName(), request.getVersion(), request.getLabel(), by);
                    return plugins.entry(Admission.installed(store.catalogue(), request.getName()));
                }));
    }

    private static <I> I first(Exchange<?, I> exchange) throws CallException, InterruptedException {
        I request = exchange.next();
        if (request == null) {
            throw new CallException(Kind.INVALID, "no request (expected: one)");
        }
        return request;
    }

    private interface Change<T> {
        T make() throws CallException, InterruptedException, StoreException, IOException;
    }

    private static <T> T written(Change<T> change) throws CallException, InterruptedException {
        try {
            return change.make();
        } catch (StoreException | IOException e) {
            throw new CallException(Kind.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }
}
