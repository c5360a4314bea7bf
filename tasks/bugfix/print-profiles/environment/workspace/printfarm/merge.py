"""How a profile is laid over its parent."""


def merged(parent: dict, child: dict) -> dict:
    """Return the parent's settings with the child's laid over them."""
    result = dict(parent)
    for key, value in child.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            overlay(result[key], value)
        elif isinstance(value, list) and isinstance(result.get(key), list):
            result[key] += value
        else:
            result[key] = value
    return result


def overlay(target: dict, changes: dict) -> None:
    target.update(merged(target, changes))
