package tram;

public final class Inspector {
    public int missing(int zones, int paid) {
        return Math.max(0, FareTable.price(zones, false, 1) - paid);
    }

    public static void main(String[] args) {
        System.out.println(new Inspector().missing(Integer.parseInt(args[0]), Integer.parseInt(args[1])));
    }
}
