import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

ENTRY = r'"node_modules/%s": \{\n-\s+"version": "(\S+)",\n-.*\n\+\s+"version": "(\S+)",\n\+\s+"integrity": "(\S+)"'


def package():
    return json.loads(read("package.json"))


def review():
    return json.loads(read("review.json"))


def update():
    """Version before, version after and integrity after, of the package that the review names."""
    return re.search(ENTRY % re.escape(review()["package"]), read("package-lock.diff")).groups()


@check("the review goes with the package file")
def _():
    done = run(["node", "tools/check-review.js"])
    assert done.exit_code == 0 and done.stdout.strip() == "ok", done.stdout + done.stderr


@check("the package with the open advisory is overridden, and no other")
def _():
    assert list(package()["overrides"]) == [review()["package"]] == ["ws-frames"], package()


@check("the override is none of the versions of the lock update")
def _():
    assert package()["overrides"]["ws-frames"] not in update()[:2], package()


@check("version and integrity are those of the update")
def _():
    before, _after, integrity = update()
    assert (review()["from"], review()["integrity"]) == (before, integrity), review()


@check("the rest of the package file is as it was")
def _():
    found = package()
    assert found.pop("overrides"), "there is no override"
    dependencies = {"pierside": "^6.0.0", "rowstream": "^3.2.0"}
    rest = {"name": "ferry-board", "version": "2.9.0", "private": True, "dependencies": dependencies}
    assert found == {**rest, "scripts": {"check": "node tools/check-review.js"}}, found


main()
