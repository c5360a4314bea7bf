package digest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import mailer1.Mail;
import mailer1.Post;

/** Composes and sends the digest. */
public final class Digest {
    private final Properties settings;
    private final Post post;

    /** @param line takes what is sent, one text per mail */
    public Digest(Properties settings, Consumer<String> line) {
        this.settings = settings;
        int maxKb = Integer.parseInt(settings.getProperty("digest.maxKb"));
        int retryMinutes = Integer.parseInt(settings.getProperty("digest.retryMinutes"));
        this.post = new Post(line, maxKb, retryMinutes);
    }

    /** @param to addresses with commas in between */
    public boolean send(List<Incident> incidents, String to) {
        String text = incidents.stream().map(Incident::title).collect(Collectors.joining("\n"));
        String subject = incidents.size() + " incidents";
        Mail mail = new Mail(settings.getProperty("digest.from"), to, subject, text);
        mail.setPriority(incidents.stream().anyMatch(Incident::severe) ? 1 : 3);
        for (Incident incident : incidents) {
            mail.addHeader("X-Incident", incident.id());
        }
        String csv = incidents.stream().map(one -> one.id() + "," + one.severe() + "\n").collect(Collectors.joining());
        mail.attach("incidents.csv", "text/csv", csv.getBytes(StandardCharsets.UTF_8));
        return post.send(mail);
    }
}
