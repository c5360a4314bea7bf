"""Looks at a page in headless Chromium: what the hidden tests of visual tasks import as ``agentbench_page``.

Two roles in one file. In a hidden test (root) it only collects steps and hands them to ``agentbench_verify.run``. Run
as a program, by then the unprivileged user, it copies the workspace, drives one Chromium over its debugging pipe and
prints the answers as JSON: no code of the workspace ever runs with the verifier's rights.

1. Questions are asked in an isolated world: the page's scripts share the DOM with it, but none of its objects, so a
   page that redefines ``querySelectorAll`` or ``JSON`` deceives nobody.
2. Clicks and keys are real input events at a place on the screen: what is hidden or covered is not clicked.
3. Time is virtual: it stands still between steps, and waiting ten seconds takes none. ``at`` sets the page's clock.
4. A screenshot of every page as it was first opened lies in ``/tmp/agentbench-shots/<page>.png`` afterwards.

    def seen():
        look = Look()
        look.open("index.html")
        look.ask("bars", "$$('.bar').map(bar => box(bar).height)")
        look.click("#sort")
        look.ask("sorted", "$$('.bar').map(text)")
        return look.answers()
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

SHOTS = pathlib.Path("/tmp/agentbench-shots")
WORKSPACE = pathlib.Path("/workspace")
TIMEOUT_S = 30
PATIENCE_S = 4
"""How long, by the real clock, virtual time may take to pass, or a screenshot."""
ANSWER_S = 20
"""How long, by the real clock, a command may take: a page in an endless loop never answers."""
START_S = 120
"""How long the browser itself may take to start: no page has a part in that, only the machine."""
MOST_FILES, MOST_BYTES = 500, 4 << 20
"""A larger workspace is not looked at: it is copied for every page that is opened with other files."""
SETTLE_MS = 1000
"""Virtual time that a page gets after it was opened, before the first question."""

_HELPERS = """
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const text = node => node === null ? null : node.textContent.replace(/\\s+/g, ' ').trim();
const css = (node, name) => getComputedStyle(node).getPropertyValue(name).trim();
const box = node => {
  const {left, top, width, height} = node.getBoundingClientRect();
  return {left, top, width, height, x: left + width / 2, y: top + height / 2};
};
const root = node => node.ownerSVGElement ? root(node.ownerSVGElement) : node;
const units = node => {
  const back = root(node).getScreenCTM().inverse(), place = node.getBoundingClientRect();
  const {x: left, y: top} = new DOMPoint(place.left, place.top).matrixTransform(back);
  const {x: right, y: bottom} = new DOMPoint(place.right, place.bottom).matrixTransform(back);
  const [width, height] = [right - left, bottom - top];
  return {left, top, right, bottom, width, height, x: left + width / 2, y: top + height / 2};
};
const points = line => {
  const back = root(line).getScreenCTM().inverse().multiply(line.getScreenCTM());
  return Array.from(line.points).map(({x, y}) => new DOMPoint(x, y).matrixTransform(back)).map(({x, y}) => [x, y]);
};
const shown = node => {
  if (node === null) return false;
  const {width, height} = box(node), {visibility, opacity} = getComputedStyle(node);
  return width > 0 && height > 0 && visibility === 'visible' && Number(opacity) > 0;
};
const hex = color => {
  const context = document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas').getContext('2d');
  context.fillStyle = '#000';
  context.fillStyle = color;
  return context.fillStyle;
};
const label = node => (node.getAttribute('aria-label') ?? text(node.querySelector(':scope > title')) ?? text(node));
"""

_FRAMES = """
window.requestAnimationFrame = callback => setTimeout(() => callback(performance.now()), 16);
window.cancelAnimationFrame = handle => clearTimeout(handle);
"""
"""Frames come by the real clock; so they follow the virtual one."""


# --- in the hidden tests ----------------------------------------------------------------------------------------------


_broken: dict[str, str] = {}
"""Steps that the browser did not survive, and what was said: no check tries them again."""


class Answers(dict[str, Any]):
    """Answers by name, with ``errors`` (uncaught exceptions of the page) and ``loaded`` (every URL it asked for)."""

    def __getitem__(self, name: str) -> Any:
        """Return the answer; AssertionError where the step failed."""
        answer = super().__getitem__(name)
        if isinstance(answer, dict) and "__failed__" in answer:
            raise AssertionError(f"{name}: {answer['__failed__']}")
        return answer


class Look:
    """Steps in one browser, carried out together by ``answers()``."""

    def __init__(self) -> None:
        """Start with no step."""
        self._steps: list[dict[str, Any]] = []

    def open(
        self,
        page: str,
        *,
        query: str = "",
        files: dict[str, str] | None = None,
        before: str = "",
        at: str | None = None,
        zone: str = "UTC",
        size: tuple[int, int] = (800, 600),
        media: dict[str, str] | None = None,
        settle_ms: int = SETTLE_MS,
    ) -> None:
        """Open a page of the workspace.

        Args:
            page: Its path below the workspace.
            query: What follows it in the address: ``?a=1`` or ``#b``.
            files: Texts that replace files of the workspace, in the copy that is looked at.
            before: JavaScript that runs in the page's own world ahead of its scripts: a recorder.
            at: What the page's clock says when it opens, ``2031-04-05T10:20:30`` (UTC).
            zone: The time zone of its machine, ``America/Bogota``.
            size: Of the window's inside.
            media: What media queries find: ``{"prefers-color-scheme": "dark"}``.
            settle_ms: Virtual time to pass before the next step.

        """
        copy = {"page": page, "query": query, "files": files or {}}
        self._add("open", **copy, before=before, at=at, zone=zone, size=size, media=media or {}, ms=settle_ms)

    def ask(self, name: str, expression: str, *, own: bool = False) -> None:
        """Evaluate JavaScript in the isolated world, or in the page's own, and keep its value under a name.

        The isolated world knows ``$``, ``$$``, ``text``, ``css``, ``box``, ``shown``, ``hex``, ``label`` and, for SVG,
        in units of the outermost view box whatever is transformed, ``units`` (as ``box``) and ``points``.
        """
        self._add("ask", name=name, expression=expression, own=own)

    def click(self, selector: str, index: int = 0) -> None:
        """Click into the middle of an element; every later answer fails if there is none to be seen."""
        self._add("click", selector=selector, index=index)

    def hold(self, selector: str, index: int = 0) -> None:
        """Press the mouse in the middle of an element."""
        self._add("click", selector=selector, index=index, kinds=["mouseMoved", "mousePressed"])

    def let_go(self, selector: str, index: int = 0) -> None:
        """Move the mouse to the middle of an element and release it there."""
        self._add("click", selector=selector, index=index, kinds=["mouseMoved", "mouseReleased"])

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._add("type", text=text)

    def press(self, key: str) -> None:
        """Press a key and release it, by its name: ``Enter``, ``ArrowLeft``, ``a``."""
        self._add("press", key=key)

    def hold_key(self, key: str, *, again: bool = False) -> None:
        """Press a key without releasing it; ``again`` as the key repeat does."""
        self._add("press", key=key, kinds=["down"], again=again)

    def let_go_key(self, key: str) -> None:
        """Release a key."""
        self._add("press", key=key, kinds=["up"])

    def wait(self, ms: int) -> None:
        """Let virtual time pass."""
        self._add("wait", ms=ms)

    def answers(self) -> Answers:
        """Carry the steps out as the unprivileged user.

        Raises:
            AssertionError: The browser did not come to an end.

        """
        from agentbench_verify import run  # it lies in /tests, where only the verifier finds it

        steps = json.dumps(self._steps)
        if steps not in _broken:
            done = run(["/usr/bin/python3", "-I", "-m", "agentbench_page"], input=steps, timeout_s=TIMEOUT_S)
            if done.exit_code == 0:
                return Answers(json.loads(done.stdout))
            _broken[steps] = done.stderr[-600:] or str(done)
        raise AssertionError(f"no answer from the browser: {_broken[steps]}")

    def _add(self, action: str, **arguments: Any) -> None:
        self._steps.append({"do": action, **arguments})


# --- as the unprivileged user -----------------------------------------------------------------------------------------

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--no-zygote", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-extensions", "--disable-component-update", "--disable-background-networking", "--disable-sync"),
    "--disable-features=SpareRendererForSitePerProcess,MediaRouter,OptimizationHints,BackForwardCache,RenderDocument,"
    "ProactivelySwapBrowsingInstance",  # the last three: see ``Browser.new_tab``
    "--renderer-process-limit=1",
    *("--hide-scrollbars", "--force-color-profile=srgb", "--force-device-scale-factor=1", "--mute-audio"),
    *("--remote-debugging-pipe", "--window-size=800,600", "--lang=en-GB"),
)


_NO_PAGE = "about:blank"
_CLICK = ("mouseMoved", "mousePressed", "mouseReleased")


class Failed(Exception):
    """A step that could not be carried out; what the browser or the page said."""


class Browser:
    """One Chromium at the other end of two pipes: messages are JSON, each ended by a zero byte."""

    def __init__(self, profile: str) -> None:
        to_browser, self._writer = _pipe()
        self._reader, from_browser = _pipe()
        program = "/usr/lib/chromium/chromium"
        null = (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)
        pipes = [(os.POSIX_SPAWN_DUP2, to_browser, 3), (os.POSIX_SPAWN_DUP2, from_browser, 4)]
        argv = [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        os.posix_spawn(program, argv, os.environ, file_actions=[null, *pipes])
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._last = 0
        self._target = self._session = ""
        empty = pathlib.Path(profile, "empty.html")
        empty.parent.mkdir(exist_ok=True)
        empty.write_text("<!doctype html><title></title>", encoding="utf-8")
        self._empty = empty.as_uri()
        self.events: list[dict[str, Any]] = []

    def new_tab(self, *, clocked: bool) -> None:
        """Go on in a tab of its own.

        It begins on an empty page that is a file, as all pages are that are looked at, and its frame is kept for them.
        A page in a new frame may run before the browser knows the frame's origin, and what it then stores is lost.
        But a process's clock can be set only once: a tab whose clock will be set begins on no page, and the page that
        is opened in it gets a process of its own.
        """
        start = _NO_PAGE if clocked else self._empty
        session, self._session = self._session, ""
        within_s = ANSWER_S if session else START_S
        made = self.call("Target.createTarget", within_s=within_s, url=start)
        old, self._target = self._target, made["targetId"]
        if session:
            self.call("Target.closeTarget", targetId=old)
        self._session = self.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        deadline = time.monotonic() + ANSWER_S
        there = f"location.href === {json.dumps(start)} && document.readyState === 'complete'"
        while not self.call("Runtime.evaluate", expression=there)["result"]["value"]:
            if time.monotonic() > deadline:
                raise Failed("the browser opens no page")
            time.sleep(0.005)
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, within_s: float = ANSWER_S, **params: Any) -> dict[str, Any]:
        """Send a command, keep the events that come before its result, and return the result."""
        return self.call_all(method, [params], within_s)[0]

    def call_all(
        self, method: str, calls: Sequence[dict[str, Any]], within_s: float = ANSWER_S
    ) -> list[dict[str, Any]]:
        """Send a command several times at once, and return the results."""
        numbers = [self._send(method, **params) for params in calls]
        answers: dict[int, dict[str, Any]] = {}
        while len(answers) < len(numbers):
            answer = self._await(lambda message: message.get("id") in numbers, within_s)
            if answer is None:
                raise Failed(f"{method}: no answer within {within_s:g} s")
            if "error" in answer:
                raise Failed(f"{method}: {answer['error']['message']}")
            answers[answer["id"]] = answer["result"]
        return [answers[number] for number in numbers]

    def comes(self, event: str, within_s: float) -> bool:
        """Read on until an event comes; return whether it did in time."""
        return self._await(lambda message: message.get("method") == event, within_s) is not None

    def _await(self, wanted: Callable[[dict[str, Any]], bool], within_s: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + within_s
        while b"\0" in self._rest or select.select([self._reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if wanted(message := self._receive()):
                return message
            self.events.append(message)
        return None

    def _send(self, method: str, **params: Any) -> int:
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        return self._last

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._reader, 1 << 16)
            if not chunk:
                sys.exit("the browser died")
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        received: dict[str, Any] = json.loads(message)
        if received.get("method") == "Page.javascriptDialogOpening":  # it would stop everything
            self._send("Page.handleJavaScriptDialog", accept=True)
        return received


def _pipe() -> tuple[int, int]:
    """Return a pipe whose descriptors are out of the way of 3 and 4."""
    low = os.pipe()
    reader, writer = (fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in low)
    for one in low:
        os.close(one)
    return reader, writer


class Driver:
    """Carries out steps and keeps the answers."""

    def __init__(self, browser: Browser, scratch: pathlib.Path) -> None:
        self._browser, self._call, self._scratch = browser, browser.call, scratch
        self._opened = 0
        self._world = 0
        self._clocked = False
        self._buttons = 0
        self._recorder = ""
        self._shots: set[pathlib.Path] = set()
        self.answers: dict[str, Any] = {}

    def open(
        self,
        *,
        page: str,
        query: str,
        files: dict[str, str],
        before: str,
        at: str | None,
        zone: str,
        size: list[int],
        media: dict[str, str],
        ms: int,
    ) -> None:
        """Copy the workspace, open a page of the copy and take a screenshot."""
        self._opened += 1
        site = self._copy(files)
        if not (site / page).is_file():
            raise Failed(f"there is no {page}")
        if at is not None or self._clocked or not self._recorder:
            self._browser.new_tab(clocked=at is not None)
        elif self._recorder:
            self._call("Page.removeScriptToEvaluateOnNewDocument", identifier=self._recorder)
        self._clocked = at is not None
        screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **screen)
        self._call("Emulation.setTimezoneOverride", timezoneId=zone)
        features = [{"name": name, "value": value} for name, value in media.items()]
        self._call("Emulation.setEmulatedMedia", features=features)
        recorder = f"{{{_FRAMES}}}\n{before}"
        self._recorder = self._call("Page.addScriptToEvaluateOnNewDocument", source=recorder)["identifier"]
        start = {} if at is None else {"initialVirtualTime": _seconds(at)}
        self._call("Emulation.setVirtualTimePolicy", policy="pause", **start)
        went = self._call("Page.navigate", url=f"{(site / page).as_uri()}{query}")
        if "errorText" in went:
            raise Failed(f"{page}: {went['errorText']}")
        self.wait(ms=ms)
        made = self._call("Page.createIsolatedWorld", frameId=went["frameId"], worldName="agentbench")
        self._world = made["executionContextId"]
        self._evaluate(_HELPERS, own=False)
        self._shoot(page)

    def _copy(self, files: dict[str, str]) -> pathlib.Path:
        """Copy the workspace, with some files replaced."""
        site = self._scratch / (f"site{self._opened}" if files else "site")
        if site.exists():
            return site
        sizes = [one.lstat().st_size for one in WORKSPACE.rglob("*")]
        if len(sizes) > MOST_FILES or sum(sizes) > MOST_BYTES:
            raise Failed(f"the workspace is too large to be copied: {len(sizes)} files, {sum(sizes)} bytes")
        try:
            shutil.copytree(WORKSPACE, site, symlinks=True)
            for path, content in files.items():
                target = site / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                target.write_text(content, encoding="utf-8")
        except OSError as error:
            raise Failed(f"the workspace cannot be copied: {error}") from error
        return site

    def _shoot(self, page: str) -> None:
        """Keep how a page looked when it was opened for the first time."""
        name = re.sub(r"[^A-Za-z0-9]+", "-", page.rpartition(".")[0]).strip("-")
        target = SHOTS / f"{name}.png"
        SHOTS.mkdir(exist_ok=True)
        if target not in self._shots:
            self._shots.add(target)
            with contextlib.suppress(Failed):
                shot = self._call("Page.captureScreenshot", within_s=PATIENCE_S, format="png")
                target.write_bytes(base64.b64decode(shot["data"]))

    def ask(self, *, name: str, expression: str, own: bool) -> None:
        """Keep an expression's value."""
        self.answers[name] = self._evaluate(expression, own=own)

    def _evaluate(self, expression: str, *, own: bool) -> Any:
        world = {} if own else {"contextId": self._world}
        done = self._call("Runtime.evaluate", expression=expression, returnByValue=True, **world)
        if "exceptionDetails" in done:
            details = done["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description", details["text"])[:300])
        return done["result"].get("value")

    def click(self, *, selector: str, index: int, kinds: Sequence[str] = _CLICK) -> None:
        """Scroll to an element and click where it is, or do a part of that."""
        quoted = json.dumps(selector)
        place = self._evaluate(
            f"(() => {{ const node = $$({quoted})[{index}]; if (!node) return null;"
            "node.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});"
            "return shown(node) ? box(node) : null; })()",
            own=False,
        )
        if place is None:
            raise Failed(f"no element {index} of {selector} can be seen")
        where = {"x": place["x"], "y": place["y"]}
        events = []
        for kind in kinds:
            self._buttons = {"mousePressed": 1, "mouseReleased": 0}.get(kind, self._buttons)
            button = "none" if kind == "mouseMoved" and not self._buttons else "left"
            pressed = {"button": button, "buttons": self._buttons, "clickCount": 0 if kind == "mouseMoved" else 1}
            events.append({"type": kind, **where, **pressed})
        # A move by itself waits for the page's next frame, which may never come while time stands still; what follows
        # sends it on.
        self._browser.call_all("Input.dispatchMouseEvent", events)
        self.wait(ms=50)

    def type(self, *, text: str) -> None:
        """Insert text."""
        self._call("Input.insertText", text=text)
        self.wait(ms=50)

    def press(self, *, key: str, kinds: Sequence[str] = ("down", "up"), again: bool = False) -> None:
        """Send a key down and up, or a part of that."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "Backspace": 8, "Delete": 46, "Home": 36, "End": 35}
        code |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        number = code.get(key, ord(key[0].upper()))
        written = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        place = "Space" if key == " " else f"Key{key.upper()}" if key.isalpha() and len(key) == 1 else key
        place = f"Digit{key}" if key.isdigit() else place
        shared = {"key": key, "code": place, "windowsVirtualKeyCode": number}
        down = {"type": "keyDown", "text": written} if written else {"type": "rawKeyDown"}
        for kind in kinds:
            event = {**down, "autoRepeat": again} if kind == "down" else {"type": "keyUp"}
            self._call("Input.dispatchKeyEvent", **event, **shared)
        self.wait(ms=50)

    def wait(self, *, ms: int) -> None:
        """Let virtual time run, and stop it again."""
        # A page that stops its own loading counts as loading for ever: then time goes on without it.
        for policy in ("pauseIfNetworkFetchesPending", "advance"):
            self._call("Emulation.setVirtualTimePolicy", policy=policy, budget=ms)
            if self._browser.comes("Emulation.virtualTimeBudgetExpired", PATIENCE_S):
                return
        raise Failed("the page's time does not pass")

    def finish(self) -> None:
        """Keep what the page threw and what it loaded."""
        errors, loaded = [], []
        for event in self._browser.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                errors.append(details.get("exception", {}).get("description", details["text"])[:300])
            elif event.get("method") == "Network.requestWillBeSent":
                loaded.append(params["request"]["url"][:300])
        self.answers |= {"errors": errors, "loaded": loaded}


def _seconds(moment: str) -> float:
    import datetime

    return datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.UTC).timestamp()


def _drive(steps: list[dict[str, Any]]) -> NoReturn:
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="look-"))
    driver = Driver(Browser(str(scratch / "profile")), scratch)
    failed: str | None = None
    for step in steps:
        action = step.pop("do")
        try:
            if failed is not None and action != "open":
                raise Failed(failed)
            getattr(driver, action)(**step)
            failed = None
        except Failed as error:
            if action == "ask":
                driver.answers[step["name"]] = {"__failed__": str(error)}
            else:
                failed = str(error)
    driver.finish()
    print(json.dumps(driver.answers), flush=True)
    os._exit(0)  # the verifier ends the browser


if __name__ == "__main__":
    _drive(json.load(sys.stdin))
