package partner;

import tram.FareTable;

/** Kept by the airport. */
public final class AirportDesk {
    public static int toTown(int passengers) {
        return FareTable.single(4) * passengers;
    }
}
