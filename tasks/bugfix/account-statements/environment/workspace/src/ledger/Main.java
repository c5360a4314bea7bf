package ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class Main {
    public static void main(String[] arguments) throws IOException {
        Settings settings = Settings.load(Path.of(arguments[0]));
        List<Account> accounts = new ArrayList<>();
        var reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            String[] words = line.split(" ", 3);
            if (words[0].equals("account")) {
                accounts.add(new Account(words[1], Long.parseLong(words[2])));
            } else {
                accounts.get(accounts.size() - 1).add(Long.parseLong(words[0]), words[1]);
            }
        }
        Printer printer = new Printer(settings);
        for (Account account : accounts) {
            System.out.print(printer.print(account));
        }
    }
}
