package org.stagedpipe.engine;

import static java.util.Objects.requireNonNull;

import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.List;
import java.util.Map;

/// The program that the module's README shows.
final class Shop {

    record Order(String item, int cents) {}

    static final Stage<Order, Map<String, Integer>> PRICE = Stage.of("price", Shop::price);
    static final Stage<Order, Map<String, Integer>> CHECK = Stage.of("check", Shop::check);

    static Stage<Order, Map<String, Integer>> check(Request<Order, Map<String, Integer>> request) {
        return request.data().item().isBlank() ? Stage.end() : PRICE;
    }

    static Stage<Order, Map<String, Integer>> price(Request<Order, Map<String, Integer>> request) {
        String item = request.data().item();
        int cents = requireNonNull(request.resources().get(item), "no price of " + item);
        request.data(new Order(item, cents));
        return Stage.end();
    }

    public static void main(String[] arguments) throws InterruptedException {
        try (var pipelines = Pipelines.of(StateMachine.of(CHECK, PRICE)).parallelism(4).open();
                var group = pipelines.group(Map.of("tea", 250, "milk", 90)).ordered().open()) {
            for (String item : List.of("tea", "milk", "ink")) {
                group.submit(new Order(item, 0));
            }
            group.finish();
            for (Outcome<Order> outcome : group) {
                System.out.println(outcome);
            }
        }
    }
}
