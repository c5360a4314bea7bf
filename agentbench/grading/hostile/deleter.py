"""Deletes everything it can."""

for place in (*here.iterdir(), *map(pathlib.Path, ("/tmp", os.path.expanduser("~"), "/tests", "/logs", "/usr/bin"))):
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        attempt(place.unlink)
