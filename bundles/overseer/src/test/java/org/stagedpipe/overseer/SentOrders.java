package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.List;

/// The overseer's side of one member's stream, without a wire. Not for use by many threads.
final class SentOrders implements Call<NodeOrder> {

    final List<NodeOrder> orders = new ArrayList<>();
    boolean ready = true;
    boolean slow; // takes large orders only once somebody says so
    long answers;
    NodeOrder welcome = NodeOrder.getDefaultInstance(); // the last one
    String failure = "";
    long sent;
    NodeOrder last = NodeOrder.getDefaultInstance();

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void send(NodeOrder order) {
        if (order.hasWelcome()) {
            answers++;
            welcome = order;
            return; // mostly the answer to a hello or a heartbeat
        }
        orders.add(order);
        sent++;
        last = order;
        ready &= !slow || order.getSerializedSize() < 32_768;
    }

    @Override
    public void complete() {}

    @Override
    public void fail(CallException why) {
        failure = why.getMessage();
    }

    @Override
    public void request(int messages) {}
}
