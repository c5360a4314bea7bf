package mailer2;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;

/** Delivers messages. */
public final class Courier {
    private final Consumer<String> line;
    private final Options options;

    /** All of them are needed. */
    public record Options(int maxBytes, Duration retryAfter, String listId, String returnPath) {
        public Options {
            if (maxBytes <= 0 || retryAfter.isNegative() || retryAfter.isZero() || listId.isBlank() || returnPath.isBlank()) {
                throw new IllegalArgumentException("options");
            }
        }
    }

    public Courier(Consumer<String> line, Options options) {
        this.line = line;
        this.options = options;
    }

    public void deliver(Message message) throws Rejected {
        if (message.to().isEmpty()) {
            throw new Rejected(Rejected.Reason.NO_RECIPIENT);
        }
        String wire = message.wire();
        if (wire.getBytes(StandardCharsets.UTF_8).length > options.maxBytes()) {
            throw new Rejected(Rejected.Reason.TOO_LARGE);
        }
        line.accept("retry " + options.retryAfter().toMillis() + " ms\nReturn-Path: " + options.returnPath()
            + "\nList-Id: " + options.listId() + "\n" + wire);
    }
}
