package bom;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is bought and what is made of what. */
public record Catalog(Map<String, Long> bought, Map<String, List<Use>> made) {

    public record Use(String child, int quantity, int scrapPm) {
    }

    public static Catalog parse(List<String> lines) {
        Catalog catalog = new Catalog(new LinkedHashMap<>(), new LinkedHashMap<>());
        for (String line : lines) {
            String[] words = line.strip().split("\\s+");
            if (words[0].equals("buy")) {
                catalog.bought.put(words[1], Long.parseLong(words[2]));
            } else if (words[0].equals("use")) {
                catalog.made.computeIfAbsent(words[1], parent -> new ArrayList<>())
                        .add(new Use(words[2], Integer.parseInt(words[3]), Integer.parseInt(words[4])));
            }
        }
        return catalog;
    }
}
