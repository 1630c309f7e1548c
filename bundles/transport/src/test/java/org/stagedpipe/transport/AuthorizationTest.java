package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.cluster.ensemble.CertifiedName;
import org.stagedpipe.protocol.v1.AdminGrpc;
import org.stagedpipe.protocol.v1.CoordinatorGrpc;
import org.stagedpipe.protocol.v1.DeadLettersGrpc;
import org.stagedpipe.protocol.v1.OverseerGrpc;
import org.stagedpipe.protocol.v1.RepositoryGrpc;
import org.stagedpipe.protocol.v1.SuspectsGrpc;
import org.stagedpipe.protocol.v1.WorkGrpc;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class AuthorizationTest {

    /// Written down a second time: a change of who may do what has to be made twice.
    private static final Map<Caller, Set<String>> MAY =
            Map.of(
                    Caller.CLIENT,
                    Set.of(
                            "Overseer/Describe",
                            "Overseer/AssignCoordinator",
                            "Coordinator/Process"),
                    Caller.OPERATOR,
                    Set.of(
                            "Overseer/Describe",
                            "Overseer/AssignCoordinator",
                            "Coordinator/Process",
                            "Admin/ListNodes",
                            "Admin/ListPlugins",
                            "Admin/DescribePlugin",
                            "Admin/Publish",
                            "Admin/Rollback",
                            "Admin/Uninstall",
                            "Admin/DeleteVersion",
                            "Admin/ListLibraries",
                            "Admin/DeleteLibrary",
                            "Admin/LabelVersion",
                            "Admin/ListAudit",
                            "Admin/ListRollouts",
                            "Admin/DecideRollout",
                            "Admin/ListGroups",
                            "Admin/CancelGroup",
                            "Admin/CordonNode",
                            "Admin/ForgetNode",
                            "DeadLetters/List",
                            "DeadLetters/Read",
                            "DeadLetters/Drop"),
                    Caller.OVERSEER,
                    Set.of(
                            "Overseer/Describe",
                            "Overseer/AssignCoordinator",
                            "Overseer/Subscribe",
                            "Repository/Fetch",
                            "Repository/Hold"),
                    Caller.COORDINATOR,
                    Set.of(
                            "Overseer/Describe",
                            "Overseer/Subscribe",
                            "Repository/Fetch",
                            "Work/Run",
                            "Suspects/Watch"),
                    Caller.WORKER,
                    Set.of("Overseer/Describe", "Overseer/Subscribe", "Repository/Fetch"));

    private static final List<ServiceDescriptor> SERVICES =
            List.of(
                    AdminGrpc.getServiceDescriptor(),
                    CoordinatorGrpc.getServiceDescriptor(),
                    DeadLettersGrpc.getServiceDescriptor(),
                    OverseerGrpc.getServiceDescriptor(),
                    RepositoryGrpc.getServiceDescriptor(),
                    SuspectsGrpc.getServiceDescriptor(),
                    WorkGrpc.getServiceDescriptor());

    private final Authorization authorization = new Authorization();

    @ParameterizedTest
    @EnumSource(Caller.class)
    void letsEachCallerDoWhatTheTableSaysAndNothingElse(Caller caller) {
        Set<String> allowed =
                methods()
                        .filter(method -> authorization.isAllowed(method, EnumSet.of(caller)))
                        .map(method -> method.substring("stagedpipe.v1.".length()))
                        .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(MAY.get(caller)), allowed);
    }

    @Test
    void knowsEveryMethodOfTheProtocol() {
        Set<String> known = Rpcs.all().stream().map(Rpc::toString).collect(Collectors.toSet());

        assertEquals(methods().collect(Collectors.toSet()), known);
    }

    @Test
    void deniesEverythingToAPeerWithoutARole() {
        Set<Caller> nobody = EnumSet.noneOf(Caller.class);
        methods().forEach(method -> assertFalse(authorization.isAllowed(method, nobody), method));
        assertFalse(authorization.isAllowed("grpc.health.v1.Health/Check", nobody));
        assertFalse(
                authorization.isAllowed(
                        "stagedpipe.v1.Admin/Unheard", EnumSet.allOf(Caller.class)));
        assertTrue(
                authorization.isAllowed("grpc.health.v1.Health/Check", EnumSet.of(Caller.CLIENT)));
        assertTrue(
                authorization.isAllowed(
                        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                        EnumSet.of(Caller.CLIENT)));
    }

    @Test
    void readsTheRoleFromACertificatesName() {
        assertEquals(Optional.of(Caller.WORKER), caller("spiffe://c/worker/w1"));
        assertEquals(Optional.of(Caller.OPERATOR), caller("spiffe://c/operator/ann"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "spiffe://c/worker",
                "spiffe://c/worker/",
                "spiffe://c/worker/w1/x",
                "spiffe://c/x/worker",
                "spiffe://c/workers/w1",
                "https://c/worker/w1",
                "worker/w1",
                "spiffe:worker/w1",
                "not a uri"
            })
    void readsNoRoleFromAnyOtherName(String uri) {
        assertEquals(Optional.empty(), caller(uri));
    }

    private static Optional<Caller> caller(String uri) {
        return CertifiedName.parse(uri).flatMap(Authorization::caller);
    }

    private static Stream<String> methods() {
        return SERVICES.stream()
                .flatMap(service -> service.getMethods().stream())
                .map(MethodDescriptor::getFullMethodName);
    }
}
