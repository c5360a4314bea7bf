from caseworks import Case, rows
from ledger.sample import build


class ReportCases(Case):
    def setup_once(self):
        self.ledger = build()

    @rows(("cash", "14400.78 balance"), ("rent", "9600.00 balance"), ("tax", "-50.00 balance"))
    def case_statement_ends_with_the_balance(self, name, line):
        self.equal(line, self.ledger[name].statement()[-1])

    def case_statement_begins_with_the_newest(self):
        self.equal("1200.12 income 12", self.ledger["cash"].statement()[0])

    def case_statement_holds_every_entry(self):
        self.has(self.ledger["rent"].statement(), "800.00 rent 7")
        self.equal(13, len(self.ledger["rent"].statement()))
