package org.stagedpipe.itests.cluster;

import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;

import java.nio.charset.StandardCharsets;

/// A client's program that submits an item of a minute and waits for its outcome; somebody kills it before.
final class WaitingClient {

    static final String ITEM = "awaited";

    private WaitingClient() {}

    /// @param words the overseer, the group's configuration
    public static void main(String[] words) throws Exception {
        String item = "{\"text\":\"" + ITEM + "\",\"waitMs\":60000,\"fail\":false}";
        try (Group group =
                StagedpipeClient.connect(words[0]).group("probe").configuration(words[1]).open()) {
            group.submit(item.getBytes(StandardCharsets.UTF_8));
            group.take();
        }
    }
}
