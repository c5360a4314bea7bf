package ledger;

import java.util.List;

/** Prints statements one after another. */
public final class Printer {
    private final Settings settings;
    private final Totals totals = new Totals();
    private final Alerts alerts;
    private long serial;

    public Printer(Settings settings) {
        this.settings = settings;
        this.alerts = new Alerts(settings);
        this.serial = settings.serialFirst();
    }

    public String print(Account account) {
        StringBuilder out = new StringBuilder();
        List<Account.Entry> entries = account.entries;
        totals.open(account.opening);
        alerts.open(account.opening);
        out.append("document ").append(serial++).append(" account ").append(account.number).append('\n');
        out.append(settings.letterhead()).append('\n');
        out.append("opening ").append(totals.balance()).append('\n');
        for (int at = 0; at < entries.size(); at++) {
            if (at > 0 && at % settings.pageLines() == 0) {
                out.append("page ").append(at / settings.pageLines() + 1);
                out.append(" brought forward ").append(totals.balance()).append('\n');
            }
            Account.Entry entry = entries.get(at);
            totals.book(entry.cents());
            alerts.book(entry.text(), totals.balance());
            out.append(entry.cents()).append(' ').append(entry.text()).append('\n');
        }
        out.append(totals.turnover()).append('\n');
        out.append("closing ").append(totals.balance()).append('\n');
        for (String line : alerts.lines()) {
            out.append(line).append('\n');
        }
        return out.toString();
    }
}
