import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;

/** Reads the relay's settings, refuses unsound ones, and says what becomes of a topic. */
public final class Relay {
    private static Properties load() throws Exception {
        var settings = new Properties();
        try (var reader = Files.newBufferedReader(Path.of("config", "relay.properties"))) {
            settings.load(reader);
        }
        expect(settings, "relay.endpoint", "[a-z0-9.-]+:[0-9]+");
        expect(settings, "spool.dir", "[A-Z]:(\\\\[a-z_]+)+");
        expect(settings, "spool.max_age_min", "[0-9]+");
        expect(settings, "batch.size", "[0-9]+");
        expect(settings, "topics", "[a-z_]+(\\s*,\\s*[a-z_]+)*");
        return settings;
    }

    private static void expect(Properties settings, String key, String pattern) {
        var value = settings.getProperty(key, "");
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException(key + " is unsound: " + value);
        }
    }

    public static void main(String[] words) throws Exception {
        var settings = load();
        if (words[0].equals("settings")) {
            for (var key : new TreeSet<>(settings.stringPropertyNames())) {
                System.out.println(key + "\t" + settings.getProperty(key));
            }
            return;
        }
        var topics = List.of(settings.getProperty("topics").split("\\s*,\\s*"));
        for (var topic : Arrays.asList(words).subList(1, words.length)) {
            System.out.println(topic + (topics.contains(topic) ? " passed on" : " dropped"));
        }
    }
}
