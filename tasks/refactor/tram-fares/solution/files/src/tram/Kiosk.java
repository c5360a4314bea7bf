package tram;

public final class Kiosk {
    public static void main(String[] args) {
        int zones = Integer.parseInt(args[0]);
        int riders = Integer.parseInt(args[2]);
        System.out.println(FareTable.TARIFF_ID + " " + FareTable.price(zones, args[1].equals("night"), riders));
    }
}
