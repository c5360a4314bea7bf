package tram;

/** How a price comes about. */
public interface FarePolicy {
    int GROUP_FROM = 5;

    int price(int zones, boolean night, int riders);
}
