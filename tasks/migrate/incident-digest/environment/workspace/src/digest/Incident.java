package digest;

/** One incident of the day. */
public record Incident(String id, String title, boolean severe) {
}
