package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// The table of names and codes was made by hand, from maps and not from the matcher.
class AirportsTest {

    private static final String BY_HAND =
            """
            ATLANTA INTL, GA, ATL
            ATLANTIC CITY INTL, NJ, ACY
            AUSTIN-BERGSTROM INTL, TX, AUS
            BALTIMORE WASH INTL, MD, BWI
            CHARLESTON AFB/INTL ARPT, SC, CHS
            CHARLOTTE/DOUGLAS INTL ARPT, NC, CLT
            CHICAGO MIDWAY INTL ARPT, IL, MDW
            CHICAGO O'HARE INTL ARPT, IL, ORD
            CINCINNATI/NORTHERN KENTUCKY INTL ARPT, KY, CVG
            CLEVELAND-HOPKINS INTL ARPT, OH, CLE
            DALLAS/FORT WORTH INTL ARPT, TX, DFW
            DENVER INTL AIRPORT, CO, DEN
            DETROIT METRO WAYNE COUNTY ARPT, MI, DTW
            EPPLEY AIRFIELD, NE, OMA
            FORT LAUDERDALE/HOLLYWOOD INTL, FL, FLL
            GEORGE BUSH INTERCONTINENTAL, TX, IAH
            GREATER PITTSBURGH, PA, PIT
            HONOLULU INTL ARPT, HI, HNL
            HOUSTON-HOBBY, TX, HOU
            INDIANAPOLIS INTL, IN, IND
            JOHN F KENNEDY INTL, NY, JFK
            KANSAS CITY INTL, MO, MCI
            LAGUARDIA NY, NY, LGA
            LAMBERT-ST LOUIS INTL, MO, STL
            LIHUE ARPT, HI, LIH
            LOGAN INTL, MA, BOS
            LOS ANGELES INTL, CA, LAX
            LOUISVILLE INTL ARPT, KY, SDF
            MEMPHIS INTL, TN, MEM
            METRO OAKLAND INTL, CA, OAK
            MINETA SAN JOSE INTL, CA, SJC
            MINNEAPOLIS-ST PAUL INTL, MN, MSP
            NASHVILLE INTL, TN, BNA
            NEW ORLEANS INTL, LA, MSY
            NEWARK LIBERTY INTL ARPT, NJ, EWR
            ORLANDO INTL, FL, MCO
            PHILADELPHIA INTL, PA, PHL
            PHOENIX SKY HARBOR, AZ, PHX
            PORT COLUMBUS INTL, OH, CMH
            PORTLAND INTL (OR), OR, PDX
            RONALD REAGAN WASHINGTON NATL, DC, DCA
            SACRAMENTO INTL, CA, SMF
            SALT LAKE CITY INTL, UT, SLC
            SAN ANTONIO INTL, TX, SAT
            SAN FRANCISCO INTL ARPT, CA, SFO
            SEATTLE-TACOMA INTL, WA, SEA
            TETERBORO AIRPORT, NJ, TEB
            WASHINGTON DULLES INTL ARPT, DC, IAD
            WILL ROGERS WORLD ARPT, OK, OKC
            """;

    @Test
    void findsEveryAirportOfTheFileButOne() throws Exception {
        Airports airports = Airports.read();
        Map<String, String> wanted = new TreeMap<>();
        Map<String, String> found = new TreeMap<>();
        for (String row : BY_HAND.lines().toList()) {
            String[] fields = row.split(", ");
            Airport airport = airports.find(fields[0], fields[1]);
            wanted.put(fields[0], fields[2]);
            found.put(fields[0], airport == null ? "none" : airport.code());
        }
        assertEquals(wanted, found);
        assertNull(airports.find(StrikeFile.HAND_CHECKED_MISS, "LA"));

        TreeSet<String> inFile = new TreeSet<>();
        StrikeFile.read().lines().forEach(line -> inFile.add(line.text().split(",", -1)[0]));
        inFile.remove(StrikeFile.HAND_CHECKED_MISS);
        assertEquals(inFile, wanted.keySet());
    }

    @Test
    void looksInTheReportsStateOnly() throws Exception {
        Airports airports = Airports.read();
        Airport inOregon = airports.find("PORTLAND INTL", "OR");
        Airport inMaine = airports.find("PORTLAND INTL", "ME");
        assertNotNull(inOregon);
        assertEquals("PDX", inOregon.code());
        assertNotNull(inMaine);
        assertEquals("PWM", inMaine.code());
    }

    @Test
    void missesRatherThanGuesses() throws Exception {
        Airports airports = Airports.read();
        assertNull(airports.find("MUNICIPAL", "TX"));
        assertNull(airports.find("AIRPORT", "TX"));
        assertNull(airports.find("", "TX"));
        assertNull(airports.find("ATLANTA INTL", "XX"));
    }
}
