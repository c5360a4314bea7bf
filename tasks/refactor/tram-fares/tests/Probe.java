import java.lang.reflect.Method;
import tram.FareTable;
import tram.Inspector;

public final class Probe {
    static String refused(int zones, int riders) {
        try {
            return String.valueOf(FareTable.price(zones, false, riders));
        } catch (IllegalArgumentException error) {
            return "refused";
        }
    }

    public static void main(String[] args) throws Exception {
        int base = FareTable.BASE_CENTS, zone = FareTable.ZONE_CENTS;
        System.out.println("figures " + base + " " + zone + " " + FareTable.NIGHT_CENTS + " " + FareTable.GROUP_PERMILLE);
        for (int riders : new int[] {1, 2, 4, 5, 7, 23}) {
            for (int zones : new int[] {1, 2, 6, 9}) {
                System.out.println("price " + zones + " " + riders + " " + FareTable.price(zones, false, riders) + " "
                        + FareTable.price(zones, true, riders));
            }
        }
        System.out.println("limits " + refused(0, 1) + " " + refused(10, 1) + " " + refused(3, 0) + " " + refused(-1, 5));
        Inspector inspector = new Inspector();
        System.out.println("inspector " + (inspector.missing(2, 1) == base + zone - 1) + " " + inspector.missing(1, 99999));
        System.out.println("airport " + (partner.AirportDesk.toTown(6) == 6 * (base + 3 * zone)));
        Method single = FareTable.class.getMethod("single", int.class);
        Deprecated mark = single.getAnnotation(Deprecated.class);
        System.out.println("mark " + (mark != null && mark.forRemoval()) + " " + (mark != null && !mark.since().isEmpty()));
        for (String gone : new String[] {"FarePolicy", "StandardFarePolicy", "FarePolicyFactory"}) {
            try {
                Class.forName("tram." + gone);
                System.out.println("left " + gone);
            } catch (ClassNotFoundException error) {
                System.out.println("gone");
            }
        }
    }
}
