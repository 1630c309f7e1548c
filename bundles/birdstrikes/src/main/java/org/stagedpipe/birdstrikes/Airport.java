package org.stagedpipe.birdstrikes;

/// One airport of the airports file.
///
/// @param code its IATA code
/// @param name its name
/// @param city the city it serves
/// @param state two letters
public record Airport(String code, String name, String city, String state) {}
