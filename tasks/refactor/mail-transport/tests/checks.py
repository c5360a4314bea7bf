import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

ORDER = {"id": "K77", "email": "ida@visitor.example", "name": "Ida", "cents": 5205}
SETUP = """
require 'src/autoload.php';
final class Spy implements Museum\\Transport {
    public array $sent = [];
    public function send(string $to, string $subject, string $body): string { $this->sent[] = [$to, $subject, $body]; return 'spied'; }
}
$spy = new Spy();
$mail = ['sender' => 's@s.example', 'spool' => 'none', 'refund_fee' => 6000, 'line_width' => 20, 'desk_phone' => '112'];
$order = json_decode($_SERVER['ORDER'] ?? getenv('ORDER'), true);
"""


def php(code):
    done = run(["php", "-d", "display_errors=stderr", "-r", SETUP + code], env={"ORDER": json.dumps(ORDER), "SPOOL_ROOT": "/tmp/none"})
    assert done.exit_code == 0 and not done.stderr, done
    return json.loads(done.stdout)


def code(path):
    return re.sub(r"/\*.*?\*/|(?://|#(?!\[)).*?$", "", read(path), flags=re.DOTALL | re.MULTILINE)


def settings():
    return json.loads(run(["php", "-r", "echo json_encode(require 'config/mail.php');"]).stdout)


def mailed(kind):
    done = run("php -d display_errors=stderr bin/mail.php $KIND && cat /tmp/spool/$FOLDER/*.eml; rm -rf /tmp/spool",
               input=json.dumps(ORDER), env={"KIND": kind, "SPOOL_ROOT": "/tmp/spool", "FOLDER": settings()["spool"]})
    assert not done.stderr, done
    return done.stdout


@check("a confirmation goes through the transport that it is given")
def _():
    result, sent = php("echo json_encode([(new Museum\\Confirmation($spy, $mail))->send($order), $spy->sent]);")
    [[to, subject, body]] = sent
    assert (result, to, subject) == ("spied", "ida@visitor.example", "Your tickets, order K77"), sent
    assert " ".join(body.split()).endswith("Questions: 112. -- s@s.example") and max(map(len, body.split("\n"))) <= 20, body
    assert "received 52.05" in " ".join(body.split()), body


@check("a refund does too, and never pays below zero")
def _():
    result, sent = php("$r = new Museum\\Refund($spy, $mail); $r->send($order); $mail['refund_fee'] = 205;"
                       "echo json_encode([(new Museum\\Refund($spy, $mail))->send($order), $spy->sent]);")
    bodies = [" ".join(body.split()) for _, _, body in sent]
    assert result == "spied" and "back 0.00 EUR" in bodies[0] and "back 50.00 EUR within" in bodies[1], sent


@check("nothing is written to a spool with another transport")
def _():
    sends = "(new Museum\\Refund($spy, $mail))->send($order); (new Museum\\Confirmation($spy, $mail))->send($order);"
    assert php(sends + "echo json_encode([count($spy->sent), is_dir('/tmp/none')]);") == [2, False]


@check("the program spools both kinds with the file's settings")
def _():
    mail = settings()
    text = mailed("confirmation")
    assert f"/{mail['spool']}/" in text and f"\n-- \n{mail['sender']}\n" in text and f"Questions: {mail['desk_phone']}." in " ".join(text.split()), text
    back = ORDER["cents"] - mail["refund_fee"]
    assert f"pay back {back // 100}.{back % 100:02d} EUR within a week." in mailed("refund")


@check("the shop's checkout works and is warned")
def _():
    done = run(["php", "shop/checkout.php", "Q1", "a@b.example", "1900"], env={"SPOOL_ROOT": "/tmp/shop"})
    notice, spooled = done.stdout.splitlines()
    until = run(["php", "-r", "require 'src/autoload.php'; echo Museum\\Confirmation::STATIC_UNTIL;"]).stdout
    assert notice.startswith("notice 16384: ") and until and until in notice, done
    assert spooled.startswith("spooled ") and spooled.endswith(".eml"), done


@check("neither class makes a transport in send, nor knows the registry")
def _():
    assert "Registry" not in code("src/Confirmation.php") + code("src/Refund.php") + code("bin/mail.php")
    assert "SpoolTransport" not in code("src/Refund.php") and code("src/Confirmation.php").count("SpoolTransport(") <= 1
    assert php("echo json_encode([class_exists('Museum\\Registry'), class_exists('Museum\\Register')]);") == [False, True]


@check("the spool is a transport")
def _():
    asked = "echo json_encode([new Museum\\SpoolTransport('x') instanceof Museum\\Transport, method_exists('Museum\\Refund', 'deliver')]);"
    assert php(asked) == [True, False]


main()
