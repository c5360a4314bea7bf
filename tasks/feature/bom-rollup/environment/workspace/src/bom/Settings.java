package bom;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** The numbers of docs/rollup.md. */
public record Settings(String sheet, String centre, int handlingPm, int overheadPm, int setupCents, int approvalFrom,
        String noscrapPrefix, int partsMax) {

    public static Settings load(Path file) throws IOException {
        Properties all = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            all.load(reader);
        }
        return new Settings(all.getProperty("sheet"), all.getProperty("centre"), number(all, "handling.pm"),
                number(all, "overhead.pm"), number(all, "setup.cents"), number(all, "approval.from"),
                all.getProperty("noscrap.prefix"), number(all, "parts.max"));
    }

    private static int number(Properties all, String key) {
        return Integer.parseInt(all.getProperty(key).strip());
    }
}
