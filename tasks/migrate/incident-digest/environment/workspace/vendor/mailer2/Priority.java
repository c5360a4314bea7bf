package mailer2;

/** The number of {@link #of} counts upwards: 5 is the highest. */
public enum Priority {
    LOWEST, LOW, NORMAL, HIGH, HIGHEST;

    public static Priority of(int number) {
        return values()[number - 1];
    }
}
