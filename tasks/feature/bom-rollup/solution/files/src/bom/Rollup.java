package bom;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Costs of parts; see docs/rollup.md. */
public final class Rollup {
    private final Catalog catalog;
    private final Settings settings;

    public Rollup(Catalog catalog, Settings settings) {
        this.catalog = catalog;
        this.settings = settings;
    }

    /** Return what one piece of a part costs, in cents with two decimals. */
    public BigDecimal unitCost(String part) {
        Map<String, BigDecimal> known = new HashMap<>();
        BigDecimal cost = walk(part, new ArrayList<>(), known);
        int below = known.size() - 1;
        if (below > settings.partsMax()) {
            throw new IllegalStateException(below + " parts below " + part + ", limit " + settings.partsMax());
        }
        return cost;
    }

    private BigDecimal walk(String part, List<String> path, Map<String, BigDecimal> known) {
        if (known.containsKey(part)) {
            return known.get(part);
        }
        Long price = catalog.bought().get(part);
        List<Catalog.Use> uses = catalog.made().get(part);
        if (price == null && uses == null) {
            String by = path.isEmpty() ? "" : ", used by " + path.get(path.size() - 1);
            throw new IllegalStateException("unknown part " + part + by);
        }
        if (price != null && uses != null) {
            throw new IllegalStateException(part + " is bought and made");
        }
        if (path.contains(part)) {
            String between = String.join(" > ", path.subList(path.indexOf(part), path.size()));
            throw new IllegalStateException("cycle: " + between + " > " + part);
        }
        BigDecimal cost;
        if (price != null) {
            cost = plus(BigDecimal.valueOf(price), settings.handlingPm());
        } else {
            path.add(part);
            BigDecimal sum = BigDecimal.valueOf(settings.setupCents());
            for (Catalog.Use use : uses) {
                BigDecimal all = walk(use.child(), path, known).multiply(BigDecimal.valueOf(use.quantity()));
                sum = sum.add(plus(all, use.child().startsWith(settings.noscrapPrefix()) ? 0 : use.scrapPm()));
            }
            path.remove(path.size() - 1);
            cost = plus(sum, settings.overheadPm());
        }
        cost = cost.setScale(2, RoundingMode.HALF_EVEN);
        known.put(part, cost);
        return cost;
    }

    private static BigDecimal plus(BigDecimal amount, int perMille) {
        return amount.multiply(BigDecimal.valueOf(1000 + perMille, 3));
    }
}
