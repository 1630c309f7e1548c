package org.stagedpipe.birdstrikes;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/// The airports of the bundle, found by the names that the reports use. For many threads.
///
/// Only airports of the report's state are looked at. The first of these rules that leaves exactly one wins; if several
/// fit and the report says international, so must the airport:
///
/// 1. the names have the same words,
/// 2. the airport's name has all words of the report's,
/// 3. the airport's name and city have them,
/// 4. the report's name has all words of the airport's.
final class Airports {

    private static final String FILE = "airports.csv.gz";
    private static final int REMEMBERED = 10_000;
    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

    private final Map<String, List<Candidate>> byState = new HashMap<>();
    private final Map<Query, Optional<Airport>> found = new ConcurrentHashMap<>();

    private Airports(List<Airport> airports) {
        for (Airport airport : airports) {
            byState.computeIfAbsent(airport.state(), state -> new ArrayList<>())
                    .add(Candidate.of(airport));
        }
    }

    /// Reads the airports of this bundle.
    static Airports read() throws IOException {
        try (InputStream file = Airports.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new FileNotFoundException(FILE + " is not in the bundle");
            }
            Reader text = new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8);
            try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
                return new Airports(parser.stream().map(Airports::airport).toList());
            }
        }
    }

    private static Airport airport(CSVRecord row) {
        return new Airport(row.get("iata"), row.get("name"), row.get("city"), row.get("state"));
    }

    /// The strikes, each with its airport where there is one.
    Strikes join(Strikes batch) {
        List<Strike> joined =
                batch.rows().stream()
                        .map(row -> row.at(find(row.place().airportName(), row.place().state())))
                        .toList();
        return new Strikes(batch.read(), joined);
    }

    /// The airport that a report means, null if none or several fit.
    @Nullable Airport find(String name, String state) {
        if (found.size() >= REMEMBERED) {
            found.clear();
        }
        return found.computeIfAbsent(new Query(name, state), this::search).orElse(null);
    }

    private Optional<Airport> search(Query query) {
        AirportName wanted = AirportName.of(query.name(), query.state());
        if (wanted.words().isEmpty()) {
            return Optional.empty();
        }
        List<Predicate<Candidate>> rules =
                List.of(
                        airport -> airport.words().equals(wanted.words()),
                        airport -> airport.words().containsAll(wanted.words()),
                        airport -> airport.isCalled(wanted),
                        airport -> airport.isPartOf(wanted));
        List<Candidate> candidates = candidates(query.state());
        return rules.stream().flatMap(rule -> only(candidates, rule, wanted).stream()).findFirst();
    }

    /// The capital's own airports stand in its neighbours.
    private List<Candidate> candidates(String state) {
        List<String> states = state.equals("DC") ? List.of("DC", "MD", "VA") : List.of(state);
        return states.stream()
                .flatMap(each -> byState.getOrDefault(each, List.of()).stream())
                .toList();
    }

    private static Optional<Airport> only(
            List<Candidate> candidates, Predicate<Candidate> rule, AirportName wanted) {
        List<Candidate> fitting = candidates.stream().filter(rule).toList();
        if (fitting.size() > 1 && wanted.international()) {
            fitting = fitting.stream().filter(each -> each.name().international()).toList();
        }
        return fitting.size() == 1 ? Optional.of(fitting.getFirst().airport()) : Optional.empty();
    }

    private record Query(String name, String state) {}

    private record Candidate(Airport airport, AirportName name, AirportName city) {

        static Candidate of(Airport airport) {
            return new Candidate(
                    airport,
                    AirportName.of(airport.name(), airport.state()),
                    AirportName.of(airport.city(), airport.state()));
        }

        Set<String> words() {
            return name.words();
        }

        boolean isCalled(AirportName wanted) {
            return wanted.words().stream()
                    .allMatch(word -> words().contains(word) || city.words().contains(word));
        }

        boolean isPartOf(AirportName wanted) {
            return !words().isEmpty() && wanted.words().containsAll(words());
        }
    }
}
