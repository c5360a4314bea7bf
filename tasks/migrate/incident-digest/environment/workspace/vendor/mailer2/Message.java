package mailer2;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** mailer 2.0: an immutable message. Each method returns a new one and leaves this one as it was. */
public record Message(String from, List<String> to, Map<String, List<String>> headers, String text, Charset charset,
                      int width, Priority priority, String attachments) {

    public static Message draft() {
        return new Message("", List.of(), Map.of(), "", StandardCharsets.US_ASCII, 0, Priority.LOW, "");
    }

    public Message from(String address) {
        return new Message(one(address), to, headers, text, charset, width, priority, attachments);
    }

    /** Adds one recipient. */
    public Message to(String address) {
        return new Message(from, plus(to, one(address)), headers, text, charset, width, priority, attachments);
    }

    public Message subject(String subject) {
        return header("Subject", subject);
    }

    /** Replaces the header. */
    public Message header(String name, String value) {
        return with(name, List.of(value));
    }

    /** Adds to the header. */
    public Message headerAlso(String name, String value) {
        return with(name, plus(headers.getOrDefault(name, List.of()), value));
    }

    public Message text(String text) {
        return new Message(from, to, headers, text, charset, width, priority, attachments);
    }

    /** Of the text; what it lacks is sent as a question mark. */
    public Message charset(Charset charset) {
        return new Message(from, to, headers, text, charset, width, priority, attachments);
    }

    /** Longest line of the text; 0 does not wrap. */
    public Message width(int width) {
        return new Message(from, to, headers, text, charset, width, priority, attachments);
    }

    public Message priority(Priority priority) {
        return new Message(from, to, headers, text, charset, width, priority, attachments);
    }

    public Message attach(String type, String name, byte[] data) {
        String added = attachments + "--- " + name + ' ' + type + '\n' + new String(data, StandardCharsets.UTF_8);
        return new Message(from, to, headers, text, charset, width, priority, added);
    }

    String wire() {
        Stream<String> lines = headers.entrySet().stream()
            .flatMap(header -> header.getValue().stream().map(value -> header.getKey() + ": " + value));
        String head = Stream.of(Stream.of("From: " + from), to.stream().map(address -> "To: " + address), lines)
            .flatMap(part -> part).collect(Collectors.joining("\n"));
        String sent = new String(text.getBytes(charset), charset);
        String body = width == 0 ? sent + "\n" : sent.replaceAll("(?m)(.{1," + width + "})(?: +|$)\\n?", "$1\n");
        return head + "\nImportance: " + priority.name().toLowerCase() + "\n\n" + body + attachments;
    }

    private Message with(String name, List<String> values) {
        Map<String, List<String>> changed = new LinkedHashMap<>(headers);
        changed.put(name, values);
        return new Message(from, to, changed, text, charset, width, priority, attachments);
    }

    private static String one(String address) {
        if (!address.matches("[^@\\s,]+@[^@\\s,]+")) {
            throw new IllegalArgumentException("not one address: " + address);
        }
        return address;
    }

    private static List<String> plus(List<String> list, String item) {
        return Stream.concat(list.stream(), Stream.of(item)).toList();
    }
}
