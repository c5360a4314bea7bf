import functools
import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

CONTRACT = "const c = require('./src/contract');"


def node(code, line="", **env):
    done = run(["node", "-e", code], env={"LINE": line, **env})
    return done.stdout.strip().splitlines(), done


@functools.cache
def constants():
    lines, done = node(CONTRACT + "console.log(JSON.stringify(c))")
    assert done.exit_code == 0, done.stderr
    return json.loads(lines[0])


@check("pickup resolves to what the callback got")
def _():
    code = "require('./src/pickup').pickup('0815').then((r) => console.log(JSON.stringify(r)))"
    lines, done = node(code, "stuck,ok")
    expected = {"box": 12, "name": "Per", "tries": 2, "closesInMs": constants()["DOOR_TIMEOUT_MS"]}
    assert lines and json.loads(lines[0]) == expected, done
    assert "Deprecation" not in done.stderr, done.stderr


@check("every failure rejects with its code")
def _():
    code = "require('./src/pickup').pickup(process.env.CODE).then(() => console.log('?'), (e) => console.log(e.code, e.message))"
    jam = constants()["JAM_CODE"]
    assert node(code, CODE="x")[0] == ["E_CODE no booking x"]
    assert node(code, CODE="4711", BOOKINGS="/nowhere")[0] == ["E_BOOKINGS no bookings"]
    assert node(code, "off", CODE="4711")[0] == node(code, "stuck,off", CODE="4711")[0] == ["E_LINE line is down"]
    assert node(code, "stuck,stuck", CODE="4711")[0] == [f"{jam} box 3 is jammed"] and jam != "E_UNKNOWN"


@check("bookings and doors give promises")
def _():
    code = "const b = require('./src/bookings'), d = require('./src/doors');"
    code += "b.find('4711').then((x) => d.open(x.box)).then((n) => console.log(n, require('./vendor/serial').opened[0]))"
    assert node(code)[0] == ["1 3"]
    code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", read("src/bookings.js") + read("bin/pickup.js"))
    assert not re.search(r"\bcallback\b|\bcb\b", code), code


@check("between the tries it waits for the pause")
def _():
    code = CONTRACT + "const t = Date.now(); require('./src/doors').open(1).then(() => "
    code += "console.log(Date.now() - t >= c.RETRY_PAUSE_MS - 5))"
    lines, done = node(code, "stuck,ok")
    assert lines == ["true"] and 100 < constants()["RETRY_PAUSE_MS"] < 500, done


@check("the program works as before")
def _():
    done = run(["node", "bin/pickup.js", "4711"])
    wait = constants()["DOOR_TIMEOUT_MS"]
    assert done.stdout == f"box 3 is open for Ida, 1 tries, {wait} ms\n" and not done.stderr, done
    done = run(["node", "bin/pickup.js", "1"])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "E_CODE: no booking 1\n"), done


@check("the kiosk's panel works and is warned")
def _():
    known = constants()
    done = run(["node", "kiosk/panel.js", "0815"])
    assert done.stdout == "panel: box 12 for Per\npanel: shown 1\n", done
    assert f"[{known['DEPRECATION_CODE']}] DeprecationWarning" in done.stderr, done.stderr
    assert known["CALLBACKS_UNTIL"] in done.stderr and known["CALLBACKS_UNTIL"], done.stderr
    assert run(["node", "kiosk/panel.js", "9"]).stdout == "panel: E_CODE\npanel: shown 1\n"


@check("a callback that throws is not called again, and what it throws is seen")
def _():
    for code, shown in (("0815", "box 12 for Per"), ("9", "E_CODE")):
        done = run(["node", "kiosk/panel.js", code, "crash"])
        assert done.stdout == f"panel: {shown}\npanel: shown 1\n", done
        assert done.exit_code == 1 and "display unplugged" in done.stderr, done


@check("many callbacks, one warning")
def _():
    code = "const { pickup } = require('./src/pickup'); let n = 0;"
    code += "const f = () => { n += 1; if (n === 5) setTimeout(pickup, 20, '0815', f); };"
    code += "process.on('warning', (w) => console.log(w.code)); process.on('exit', () => console.log(n));"
    code += "for (let i = 0; i < 5; i++) pickup('4711', f);"
    lines, done = node(code)
    assert lines == [constants()["DEPRECATION_CODE"], "6"], done


main()
