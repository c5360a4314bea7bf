package tram;

public final class FarePolicyFactory {
    private static FarePolicy policy;

    private FarePolicyFactory() {}

    public static synchronized FarePolicy get() {
        if (policy == null) {
            policy = new StandardFarePolicy(9);
        }
        return policy;
    }
}
