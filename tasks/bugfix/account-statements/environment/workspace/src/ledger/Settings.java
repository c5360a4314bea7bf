package ledger;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

public record Settings(int pageLines, long serialFirst, long alertBelow, long alertFee, String letterhead) {
    public static Settings load(Path path) throws IOException {
        Properties values = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            values.load(reader);
        }
        String letterhead = "branch " + values.getProperty("branch")
                + " creditor " + values.getProperty("creditor")
                + " kept " + values.getProperty("archive.days") + " days";
        return new Settings(
                Integer.parseInt(values.getProperty("page.lines")),
                Long.parseLong(values.getProperty("serial.first")),
                Long.parseLong(values.getProperty("alert.below")),
                Long.parseLong(values.getProperty("alert.fee")),
                letterhead);
    }
}
