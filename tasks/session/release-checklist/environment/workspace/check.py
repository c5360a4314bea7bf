"""Does CHECKLIST.md say what release.json says? Other files: check.py RELEASE CHECKLIST"""

import json
import pathlib
import sys

ITEMS = {"freeze": "Freeze on", "version": "Tag version", "build": "Publish build"}

release_path, checklist_path = sys.argv[1:3] if len(sys.argv) == 3 else ("release.json", "CHECKLIST.md")
release = json.loads(pathlib.Path(release_path).read_text(encoding="utf-8"))
lines = pathlib.Path(checklist_path).read_text(encoding="utf-8").splitlines()
wrong = [key for key, item in ITEMS.items() if f"- [ ] {item} {release[key]}" not in lines]
print("differ: " + ", ".join(wrong) if wrong else "in step")
sys.exit(1 if wrong else 0)
