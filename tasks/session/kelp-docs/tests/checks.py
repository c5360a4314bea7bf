import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402


def build(*arguments):
    done = run(["node", "build.js", *arguments])
    assert done.exit_code == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def other(command, **pages):
    """Build a site of pages, each given as (draft or not, slug that it links to)."""
    made = ["rm -rf /tmp/site", "mkdir -p /tmp/site/pages", "cd /tmp/site"]
    files = {"site.json": '{"base": "b"}', "nav.json": json.dumps(list(pages)), "redirects.txt": "/old /a"}
    for slug, (draft, link) in pages.items():
        head = f"slug: {slug}\ntitle: T{slug}\nreviewed: 2024-01-01\nowner: x\n{'draft: true' if draft else 'draft: false'}"
        files[f"pages/{slug}.md"] = f"---\n{head}\n---\nSee [it](/{link})."
    made += [f"cat > {name} <<'END'\n{text}\nEND" for name, text in files.items()]
    return run("\n".join(made) + f"\ncd /workspace && node build.js --root /tmp/site {command}")


@check("the site holds together")
def _():
    assert build("check") == ["sound"]


@check("old addresses of the page on performance lead to its new one")
def _():
    assert build("go", "/tuning") == build("go", "/speed") == ["/performance"]
    assert build("go", "/setup") == ["/install"] and "/tuning)" not in read("pages/quickstart.md")


@check("the navigation is as before, without the draft")
def _():
    slugs = [re.search(r"\(/(\w+)\)$", line)[1] for line in build("nav")]
    assert slugs == ["quickstart", "install", "performance", "changelog"], slugs
    assert json.loads(read("nav.json")) == [*slugs, "internals"] and build("nav")[0] == "Quick start (/quickstart)"


@check("the sitemap holds every page but the draft, below one base")
def _():
    base = json.loads(read("site.json"))["base"]
    assert build("sitemap") == [f"{base}/{slug}" for slug in ("changelog", "install", "performance", "quickstart")]


@check("drafts of any site are hidden")
def _():
    assert other("nav", a=(False, "c"), b=(True, "a"), c=(False, "a")).stdout == "Ta (/a)\nTc (/c)\n"
    assert other("sitemap", a=(False, "c"), b=(True, "a"), c=(False, "a")).stdout == "b/a\nb/c\n"


@check("a link to a draft is an error, unless it stands in a draft")
def _():
    done = other("check", a=(False, "b"), b=(True, "a"))
    assert done.exit_code == 1 and "sound" not in done.stdout, done
    assert other("check", a=(False, "a"), b=(True, "c"), c=(True, "b")).stdout == "sound\n"


@check("broken links are still errors")
def _():
    done = other("check", a=(False, "z"), b=(True, "a"))
    assert done.exit_code == 1 and "z" in done.stdout, done


@check("quick start and installation share the keys and values of their front matter")
def _():
    def head(name):
        return dict(re.findall(r"^(\w+): *(.+)$", read(f"pages/{name}.md").split("---")[1], re.M))

    start, install, draft = head("quickstart"), head("install"), head("internals")
    assert set(start) == set(install) and start["license"] == install["license"] == "cc-by", (start, install)
    assert start["owner"] == install["owner"] == draft["owner"] and draft["draft"] == "true", (start, draft)


main()
