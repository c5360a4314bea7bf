package tram;

class StandardFarePolicy implements FarePolicy {
    private final int longest;

    StandardFarePolicy(int longest) {
        this.longest = longest;
    }

    @Override
    public int price(int zones, boolean night, int riders) {
        if (zones < 1 || zones > longest || riders < 1) {
            throw new IllegalArgumentException("no fare for " + zones + " zones, " + riders + " riders");
        }
        int each = FareTable.BASE_CENTS + (zones - 1) * FareTable.ZONE_CENTS;
        if (riders >= GROUP_FROM) {
            each -= each * FareTable.GROUP_PERMILLE / 1000;
        }
        return (each + (night ? FareTable.NIGHT_CENTS : 0)) * riders;
    }
}
