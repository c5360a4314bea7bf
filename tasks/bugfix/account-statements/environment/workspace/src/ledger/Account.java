package ledger;

import java.util.ArrayList;
import java.util.List;

/** One account's entries in the order of booking. */
public final class Account {
    public record Entry(long cents, String text) {}

    final String number;
    final long opening;
    final List<Entry> entries = new ArrayList<>();

    public Account(String number, long opening) {
        this.number = number;
        this.opening = opening;
    }

    public Account add(long cents, String text) {
        entries.add(new Entry(cents, text));
        return this;
    }
}
