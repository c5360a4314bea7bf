import html.parser
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


class Badge(html.parser.HTMLParser):
    """Collects the text of the heading and of every element with an id."""

    def __init__(self, text):
        super().__init__()
        self.parts, self.name = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.name = dict(attributes).get("id", tag)

    def handle_data(self, data):
        self.parts[self.name] = self.parts.get(self.name, "") + data.strip()


def badge(name):
    done = run(["php", "badge.php", name])
    assert done.exit_code == 0, done.stderr
    return Badge(done.stdout).parts


@check("the badge carries the visitor's name")
def _():
    assert badge("Sato <Ken>")["h1"] == "Sato <Ken>", badge("Sato <Ken>")


@check("no blank is left")
def _():
    parts = badge("Mori")
    assert all(parts[name].strip("_") for name in ("desk", "host", "code")), parts


main()
