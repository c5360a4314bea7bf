package bom;

import java.math.BigDecimal;

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
        throw new UnsupportedOperationException("unitCost of " + part);
    }
}
