package mailer1;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** mailer 1.6: a mail that can be changed until it is sent. */
public class Mail {
    private final List<String> headers = new ArrayList<>();
    private final StringBuilder attachments = new StringBuilder();
    private final String text;
    private int priority = 3;

    public Mail(String from, String to, String subject, String text) {
        headers.add("From: " + from);
        for (String address : to.split(",")) {
            headers.add("To: " + address.trim());
        }
        headers.add("Subject: " + subject);
        this.text = text;
    }

    /** 1 is the highest, 5 the lowest. */
    public void setPriority(int priority) {
        this.priority = priority;
    }

    public void addHeader(String name, String value) {
        headers.add(name + ": " + value);
    }

    public void attach(String name, String type, byte[] data) {
        attachments.append("--- ").append(name).append(' ').append(type).append('\n');
        attachments.append(new String(data, StandardCharsets.UTF_8));
    }

    String wire() {
        String wrapped = text.replaceAll("(?m)(.{1,72})(?: +|$)\\n?", "$1\n");
        return String.join("\n", headers) + "\nX-Priority: " + priority + "\n\n" + wrapped + attachments;
    }
}
