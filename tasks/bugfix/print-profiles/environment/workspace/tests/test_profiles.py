import json
import pathlib

from printfarm.profiles import Library

PROFILES = pathlib.Path(__file__).parent.parent / "profiles"


def test_draft_keeps_the_temperatures_of_base():
    library = Library(PROFILES)
    library.resolve("glossy")
    base = json.loads((PROFILES / "base.json").read_text())
    assert library.resolve("draft")["bed"] == base["bed"]


def test_nested_settings_are_inherited():
    glossy = Library(PROFILES).resolve("glossy")
    assert glossy["bed"]["fan"] == {"rpm": 900, "delay_s": 9}
