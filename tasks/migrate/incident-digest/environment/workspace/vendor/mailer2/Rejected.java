package mailer2;

/** A message that was not sent. */
public class Rejected extends Exception {
    public enum Reason { TOO_LARGE, NO_RECIPIENT }

    private final Reason reason;

    Rejected(Reason reason) {
        super(reason.name());
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
