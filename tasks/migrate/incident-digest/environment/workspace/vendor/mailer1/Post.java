package mailer1;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Sends mails. */
public class Post {
    private final Consumer<String> line;
    private final int maxKb;
    private final int retryMinutes;

    public Post(Consumer<String> line, int maxKb, int retryMinutes) {
        this.line = line;
        this.maxKb = maxKb;
        this.retryMinutes = retryMinutes;
    }

    /** False if the mail is too large. */
    public boolean send(Mail mail) {
        String wire = mail.wire();
        if (wire.getBytes(StandardCharsets.UTF_8).length > maxKb * 1024) {
            return false;
        }
        line.accept("retry " + retryMinutes + " min\n" + wire);
        return true;
    }
}
