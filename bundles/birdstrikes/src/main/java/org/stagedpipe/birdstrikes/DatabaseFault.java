package org.stagedpipe.birdstrikes;

import org.stagedpipe.api.FaultException;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;

/// The fault of an item that the database did not take. It may, later, if only the connection was lost or others were in
/// the way.
final class DatabaseFault {

    private static final String CONNECTION_CLASS = "08";
    private static final String SERVER_LEAVES_CLASS = "57P";

    private DatabaseFault() {}

    static FaultException of(SQLException said) {
        String text = "database: " + said.getMessage() + " (" + said.getSQLState() + ")";
        return isPassing(said) ? FaultException.retryable(text) : FaultException.permanent(text);
    }

    private static boolean isPassing(SQLException said) {
        String state = String.valueOf(said.getSQLState());
        return said instanceof SQLTransientException
                || said instanceof SQLRecoverableException
                || state.startsWith(CONNECTION_CLASS)
                || state.startsWith(SERVER_LEAVES_CLASS)
                || Transactions.isInTheWay(said);
    }
}
