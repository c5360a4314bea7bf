package ledger;

import java.util.ArrayList;
import java.util.List;

/** Which entries took a balance too low. */
final class Alerts {
    private static final List<String> LINES = new ArrayList<>();
    private final Settings settings;
    private boolean low;

    Alerts(Settings settings) {
        this.settings = settings;
    }

    void open(long opening) {
        low = low || opening < settings.alertBelow();
    }

    void book(String text, long balance) {
        boolean now = balance < settings.alertBelow();
        if (now && !low) {
            LINES.add("alert " + text + ", fee " + settings.alertFee());
        }
        low = now;
    }

    List<String> lines() {
        return LINES;
    }
}
