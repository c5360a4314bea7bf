package bom;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;

public final class Main {
    public static void main(String[] arguments) throws IOException {
        boolean given = arguments[0].equals("--settings");
        Settings settings = Settings.load(Path.of(given ? arguments[1] : "config/bom.properties"));
        Catalog catalog = Catalog.parse(Files.readAllLines(Path.of(arguments[given ? 2 : 0])));
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        for (String part = asked.readLine(); part != null; part = asked.readLine()) {
            System.out.println(answer(part.strip(), catalog, settings));
        }
    }

    private static String answer(String part, Catalog catalog, Settings settings) {
        try {
            BigDecimal cents = new Rollup(catalog, settings).unitCost(part).setScale(0, RoundingMode.HALF_UP);
            boolean approval = cents.compareTo(BigDecimal.valueOf(settings.approvalFrom())) >= 0;
            return part + " " + cents + " " + settings.centre() + (approval ? " approval" : "");
        } catch (IllegalStateException fault) {
            return part + ": " + fault.getMessage();
        }
    }
}
