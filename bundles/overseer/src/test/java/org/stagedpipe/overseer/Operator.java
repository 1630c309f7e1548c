package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.DeleteVersionRequest;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.UninstallRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpc;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An operator's program, as the console is one.
final class Operator implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int CHUNK = 1_000;

    final Connection connection;

    Operator(Endpoint admin) {
        connection = Connection.to(admin, Security.loopbackOnly());
    }

    <I, O> O ask(Rpc<I, O> rpc, I request) throws CallException, InterruptedException {
        return connection.call(rpc, request, TIMEOUT);
    }

    <I, O> List<O> list(Rpc<I, O> rpc, I request) throws CallException, InterruptedException {
        return connection.list(rpc, request, TIMEOUT);
    }

    List<Progress> install(TestBundle bundle) throws CallException, InterruptedException {
        return publish(Mode.INSTALL, bundle.bytes(), 0);
    }

    List<Progress> update(TestBundle bundle) throws CallException, InterruptedException {
        return publish(Mode.UPDATE, bundle.bytes(), 0);
    }

    List<Progress> publish(Mode mode, byte[] bytes, int timeoutMs)
            throws CallException, InterruptedException {
        PublishBegin begin =
                PublishBegin.newBuilder()
                        .setMode(mode)
                        .setFile("test.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .setTimeoutMs(timeoutMs)
                        .setOperator("ann")
                        .build();
        return publish(begin, bytes);
    }

    /// As a program does that asks again when its overseer is lost.
    List<Progress> publish(Mode mode, TestBundle bundle, String request)
            throws CallException, InterruptedException {
        byte[] bytes = bundle.bytes();
        PublishBegin begin =
                PublishBegin.newBuilder()
                        .setMode(mode)
                        .setFile("test.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .setOperator("ann")
                        .setRequest(request)
                        .build();
        return publish(begin, bytes);
    }

    List<Progress> canary(TestBundle bundle, CanaryPolicy policy)
            throws CallException, InterruptedException {
        return canary(bundle, policy, 0);
    }

    List<Progress> canary(TestBundle bundle, CanaryPolicy policy, int timeoutMs)
            throws CallException, InterruptedException {
        byte[] bytes = bundle.bytes();
        return publish(
                PublishBegin.newBuilder()
                        .setMode(Mode.UPDATE)
                        .setFile("test.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .setTimeoutMs(timeoutMs)
                        .setOperator("ann")
                        .setCanary(policy)
                        .build(),
                bytes);
    }

    /// What an update would do, step by step.
    List<Progress> dryRun(TestBundle bundle, @Nullable CanaryPolicy policy)
            throws CallException, InterruptedException {
        byte[] bytes = bundle.bytes();
        PublishBegin.Builder begin =
                PublishBegin.newBuilder()
                        .setMode(Mode.UPDATE)
                        .setFile("test.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .setDryRun(true);
        return publish((policy == null ? begin : begin.setCanary(policy)).build(), bytes);
    }

    RolloutEntry decide(String id, Decision decision) throws CallException, InterruptedException {
        return ask(
                Rpcs.DECIDE_ROLLOUT,
                DecideRolloutRequest.newBuilder()
                        .setId(id)
                        .setDecision(decision)
                        .setOperator("ben")
                        .build());
    }

    RolloutEntry rollout() throws CallException, InterruptedException {
        return ask(Rpcs.LIST_ROLLOUTS, ListRolloutsRequest.getDefaultInstance()).getRollouts(0);
    }

    List<Progress> publish(PublishBegin begin, byte[] bytes)
            throws CallException, InterruptedException {
        try (Exchange<PublishRequest, Progress> exchange =
                connection.exchange(Rpcs.PUBLISH, TIMEOUT)) {
            exchange.send(PublishRequest.newBuilder().setBegin(begin).build());
            for (int from = 0; from < bytes.length; from += CHUNK) {
                byte[] part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK));
                exchange.send(
                        PublishRequest.newBuilder().setData(ByteString.copyFrom(part)).build());
            }
            exchange.complete();
            return all(exchange);
        }
    }

    List<Progress> rollback(String name, String version)
            throws CallException, InterruptedException {
        try (Exchange<RollbackRequest, Progress> exchange =
                connection.exchange(Rpcs.ROLLBACK, TIMEOUT)) {
            exchange.send(RollbackRequest.newBuilder().setName(name).setVersion(version).build());
            exchange.complete();
            return all(exchange);
        }
    }

    List<Progress> uninstall(String name) throws CallException, InterruptedException {
        try (Exchange<UninstallRequest, Progress> exchange =
                connection.exchange(Rpcs.UNINSTALL, TIMEOUT)) {
            exchange.send(UninstallRequest.newBuilder().setName(name).build());
            exchange.complete();
            return all(exchange);
        }
    }

    List<Progress> delete(String name, String version) throws CallException, InterruptedException {
        try (Exchange<DeleteVersionRequest, Progress> exchange =
                connection.exchange(Rpcs.DELETE_VERSION, TIMEOUT)) {
            exchange.send(
                    DeleteVersionRequest.newBuilder()
                            .setName(name)
                            .setVersion(version)
                            .setOperator("ben")
                            .build());
            exchange.complete();
            return all(exchange);
        }
    }

    List<Progress> forget(String overseer) throws CallException, InterruptedException {
        try (Exchange<ForgetNodeRequest, Progress> exchange =
                connection.exchange(Rpcs.FORGET_NODE, TIMEOUT)) {
            exchange.send(
                    ForgetNodeRequest.newBuilder().setName(overseer).setOperator("ann").build());
            exchange.complete();
            return all(exchange);
        }
    }

    List<AuditEntry> audit(String plugin) throws CallException, InterruptedException {
        return ask(Rpcs.LIST_AUDIT, ListAuditRequest.newBuilder().setPlugin(plugin).build())
                .getEntriesList();
    }

    private static List<Progress> all(Exchange<?, Progress> exchange)
            throws CallException, InterruptedException {
        List<Progress> all = new ArrayList<>();
        for (Progress next = exchange.next(); next != null; next = exchange.next()) {
            all.add(next);
        }
        return all;
    }

    @Override
    public void close() {
        connection.close();
    }
}
