package ledger;

/** What an account adds up to. */
final class Totals {
    private long balance;
    private long in;
    private long out;

    void open(long opening) {
        balance = opening;
        in = 0;
        out = 0;
    }

    void book(long cents) {
        balance += cents;
        if (cents > 0) {
            in += cents;
        } else {
            out -= cents;
        }
    }

    long balance() {
        return balance;
    }

    String turnover() {
        return "in " + in + " out " + out;
    }
}
