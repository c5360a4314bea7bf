"""caseworks: runs methods whose names begin with ``case_``."""

import importlib.util
import sys


class Case:
    def setup_once(self):
        """Before the first case of a class."""

    def setup(self):
        """Before each case."""

    def equal(self, wanted, found):
        assert wanted == found, f"wanted {wanted!r}, found {found!r}"

    def near(self, found, wanted, width):
        assert abs(found - wanted) <= width, f"{found} is not within {width} of {wanted}"

    def has(self, container, item):
        assert item in container, f"{item!r} is not in {container!r}"

    def raises(self, action, error, message):
        try:
            action()
        except error as caught:
            assert str(caught) == message, f"wanted {message!r}, found {str(caught)!r}"
        else:
            raise AssertionError(f"{error.__name__} was not raised")


def rows(*values):
    """Run a case once for each row."""
    return lambda method: setattr(method, "rows", values) or method


def lengthy(method):
    """Left out by ``--quick``."""
    method.lengthy = True
    return method


def broken(reason):
    """The case fails for a known reason; should it pass, the run fails, so that the mark is taken away."""
    return lambda method: setattr(method, "broken", reason) or method


def run(cls, quick):
    instance, bad = cls(), 0
    instance.setup_once()
    for name in [name for name in dir(cls) if name.startswith("case_")]:
        method = getattr(instance, name)
        if quick and getattr(method, "lengthy", False):
            continue
        for row in getattr(method, "rows", [()]):
            instance.setup()
            try:
                method(*row)
                failed = ""
            except Exception as error:
                failed = str(error) or type(error).__name__
            if bool(failed) != hasattr(method, "broken"):
                bad += 1
                print(f"{cls.__name__}.{name}{row}: {failed or 'is no longer broken'}")
    return bad


if __name__ == "__main__":
    total = 0
    for path in (one for one in sys.argv[1:] if one != "--quick"):
        spec = importlib.util.spec_from_file_location("cases", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        classes = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Case)]
        total += sum(run(cls, "--quick" in sys.argv) for cls in classes)
    sys.exit(total > 0)
