import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

SHOW = "print join ' ', @Gate::Keys::KEY{qw(time level gate text)}, $Gate::Keys::FORMAT, $Gate::Keys::LONGEST"
OLD = 'ts=2030-01-01T00:00:01 lvl=info gt=cellar msg="gt=north \\"x\\" msg="\n'


def keys():
    done = run(["perl", "-Ilib", "-MGate::Keys", "-e", SHOW])
    found = done.stdout.split()
    assert len(found) == 6 and found[3] == "msg" and not {"ts", "lvl", "gt"} & set(found), done
    return found


def written(*rows):
    done = run(["perl", "bin/gate.pl"], input="".join(f"{row}\n" for row in rows))
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def reader(script, *arguments, text):
    return run(["bash", "-c", 'cat > /tmp/own.log; exec perl "$@" /tmp/own.log', "-", f"bin/{script}", *arguments], input=text)


@check("new lines are written with the new keys")
def _():
    time, level, gate, text, number, _ = keys()
    lines = written("2031-05-01T09:00:00,warn,east,card \"7\" unknown, twice")
    assert lines == [f'v={number} {time}=2031-05-01T09:00:00 {level}=warn {gate}=east {text}="card \\"7\\" unknown, twice"'], lines


@check("the library writes by what the one place says")
def _():
    code = "use Gate::Keys; BEGIN { $Gate::Keys::KEY{gate} = 'door_no'; $Gate::Keys::FORMAT = 12; $Gate::Keys::LONGEST = 3 } use Gate::Log; "
    code += "print Gate::Log::line(time => 't', level => 'info', gate => 'east', text => 'abcd')"
    time, level, *_ = keys()
    assert run(["perl", "-Ilib", "-e", code]).stdout == f'v=12 {time}=t {level}=info door_no=east msg="abc"'


@check("long texts are cut at the limit")
def _():
    longest = int(keys()[5])
    [line] = written("t,info,east," + "x" * (longest + 9))
    assert line.count("x" * longest) == 1 and "x" * (longest + 1) not in line and longest > 99, line


@check("daily counts old and new lines of one file")
def _():
    new = "\n".join(written("t1,info,east,a", "t2,warn,cellar,gt=north")) + "\n"
    done = reader("daily.pl", text=OLD + new + "noise\nv=1 ts=1\n" + OLD)
    assert (done.stdout, done.stderr) == ("cellar 3\neast 1\n", "2 skipped\n"), done


@check("find prints texts as they were logged")
def _():
    new = "\n".join(written('t1,info,east,a "b" c', "t2,warn,cellar,d")) + "\n"
    done = reader("find.pl", "info", text=new + OLD + "x" + OLD)
    assert (done.stdout, done.stderr) == ('t1 a "b" c\n2030-01-01T00:00:01 gt=north "x" msg=\n', "1 skipped\n"), done


@check("the archive reads as before")
def _():
    done = run(["perl", "bin/daily.pl", "archive/spring.log"])
    assert (done.stdout, done.stderr) == ("north 2\nsouth 1\n", ""), done
    assert run(["perl", "bin/find.pl", "warn", "archive/spring.log"]).stdout == '2024-03-01T08:14:53 card "0815" read twice\n'


@check("parse returns the four entries, or undef")
def _():
    code = "my $e = Gate::Log::parse($ENV{LINE}); print $e ? join('|', map { \"$_=$e->{$_}\" } sort keys %$e) : 'undef'"
    [line] = written("t1,info,east,a")
    found = [run(["perl", "-Ilib", "-MGate::Log", "-e", code], env={"LINE": one}).stdout for one in (line, OLD.strip(), "lvl=x")]
    assert found == ["gate=east|level=info|text=a|time=t1", 'gate=cellar|level=info|text=gt=north "x" msg=|time=2030-01-01T00:00:01', "undef"], found


@check("the shipper knows the keys, and the readers leave them to the library")
def _():
    fields = re.search(r"^fields\s*=\s*(.*)$", read("etc/shipper.conf"), re.MULTILINE)
    assert fields and fields[1].split() == ["v", *keys()[:4]], fields
    for script in ("bin/daily.pl", "bin/find.pl"):
        assert not re.search(r"\b(ts|lvl|gt)=", read(script)) and keys()[0] not in read(script), script
        assert "parse" in read(script), script


main()
