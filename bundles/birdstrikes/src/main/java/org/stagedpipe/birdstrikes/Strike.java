package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

import java.time.LocalDate;

/// One report of a strike, typed.
///
/// @param key the sha-256 of the raw line in hexadecimal digits: the same line is the same report
/// @param line its number in the file
/// @param place where it happened
/// @param flight which flight
/// @param wildlife what was struck
/// @param damage what it did
public record Strike(
        String key, int line, Place place, Flight flight, Wildlife wildlife, Damage damage) {

    /// The same, at an airport found for it.
    Strike at(@Nullable Airport airport) {
        Place found = new Place(place.airportName(), place.state(), airport);
        return new Strike(key, line, found, flight, wildlife, damage);
    }

    /// Where a strike happened.
    ///
    /// @param airportName as the report writes it
    /// @param state two letters
    /// @param airport the airport of that name; null before the join, and after it if none was found
    public record Place(String airportName, String state, @Nullable Airport airport) {}

    /// The flight that met the animal.
    ///
    /// @param aircraft make and model
    /// @param operator the airline, or what kind of owner
    /// @param date the day
    /// @param timeOfDay day, night, dawn or dusk
    /// @param phase of flight
    /// @param speedKnots indicated air speed; null if not reported
    public record Flight(
            String aircraft,
            String operator,
            LocalDate date,
            String timeOfDay,
            String phase,
            @Nullable Integer speedKnots) {}

    /// The animal.
    ///
    /// @param size small, medium or large
    /// @param species its common name
    public record Wildlife(String size, String species) {}

    /// What the strike did.
    ///
    /// @param effect the damage class
    /// @param costOther in dollars
    /// @param costRepair in dollars
    /// @param costTotal in dollars
    public record Damage(String effect, long costOther, long costRepair, long costTotal) {}
}
