package digest;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import mailer2.Courier;
import mailer2.Message;
import mailer2.Priority;
import mailer2.Rejected;

/** Composes and sends the digest. */
public final class Digest {
    private static final int WIDTH = 72;

    private final Properties settings;
    private final Courier courier;

    /** @param line takes what is sent, one text per mail */
    public Digest(Properties settings, Consumer<String> line) {
        this.settings = settings;
        this.courier = new Courier(line, new Courier.Options(
            Integer.parseInt(settings.getProperty("digest.maxBytes")),
            Duration.ofMillis(Long.parseLong(settings.getProperty("digest.retryAfterMs"))),
            settings.getProperty("digest.listId"),
            settings.getProperty("digest.returnPath")));
    }

    /** @param to addresses with commas in between */
    public boolean send(List<Incident> incidents, String to) {
        try {
            courier.deliver(compose(incidents, to));
            return true;
        } catch (Rejected rejected) {
            if (rejected.reason() == Rejected.Reason.TOO_LARGE) {
                return false;
            }
            throw new IllegalArgumentException("no recipient", rejected);
        }
    }

    private Message compose(List<Incident> incidents, String to) {
        boolean severe = incidents.stream().anyMatch(Incident::severe);
        Message message = Message.draft()
            .from(settings.getProperty("digest.sender"))
            .subject(incidents.size() + " incidents")
            .text(incidents.stream().map(Incident::title).collect(Collectors.joining("\n")))
            .charset(StandardCharsets.UTF_8)
            .width(WIDTH)
            .priority(severe ? Priority.HIGHEST : Priority.NORMAL);
        for (String address : to.split(",")) {
            message = address.isBlank() ? message : message.to(address.trim());
        }
        for (Incident incident : incidents) {
            message = message.headerAlso("X-Incident", incident.id());
        }
        String csv = incidents.stream().map(one -> one.id() + "," + one.severe() + "\n").collect(Collectors.joining());
        return message.attach("text/csv", "incidents.csv", csv.getBytes(StandardCharsets.UTF_8));
    }
}
