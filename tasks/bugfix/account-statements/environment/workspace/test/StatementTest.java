import ledger.Account;
import ledger.Printer;
import ledger.Settings;

public final class StatementTest {
    public static void main(String[] arguments) {
        Printer printer = new Printer(new Settings(2, 70, 0, 5, "letterhead"));
        Account first = new Account("1", 1000).add(-200, "rent").add(50, "refund").add(-100, "tea");
        expect(printer.print(first), "in 50 out 300\n");
        expect(printer.print(first.add(1, "interest")), "page 2 brought forward 850\n");
        expect(printer.print(new Account("2", 400).add(7, "gift")), "in 7 out 0\n");
        System.out.println("ok");
    }

    private static void expect(String statement, String line) {
        if (!statement.contains("\n" + line)) {
            System.out.println("FAIL: expected " + line + "in\n" + statement);
            System.exit(1);
        }
    }
}
