package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.List;

/// A client's stream that takes as many messages as it is told to.
final class TestTransport implements Call<GroupResponse> {

    final List<GroupResponse> sent = new ArrayList<>();
    int messages;

    @Override
    public boolean isReady() {
        return messages > 0;
    }

    @Override
    public void send(GroupResponse message) {
        messages--;
        sent.add(message);
    }

    @Override
    public void complete() {}

    @Override
    public void fail(CallException why) {
        throw new AssertionError(why);
    }

    @Override
    public void request(int count) {}
}
