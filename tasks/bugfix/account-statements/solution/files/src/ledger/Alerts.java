package ledger;

import java.util.ArrayList;
import java.util.List;

/** Which entries took a balance too low. */
final class Alerts {
    private final List<String> lines = new ArrayList<>();
    private final Settings settings;
    private boolean low;

    Alerts(Settings settings) {
        this.settings = settings;
    }

    void open(long opening) {
        lines.clear();
        low = opening < settings.alertBelow();
    }

    void book(String text, long balance) {
        boolean now = balance < settings.alertBelow();
        if (now && !low) {
            lines.add("alert " + text + ", fee " + settings.alertFee());
        }
        low = now;
    }

    List<String> lines() {
        return lines;
    }
}
