"""How a profile is laid over its parent."""

import copy


def merged(parent: dict, child: dict) -> dict:
    """Return the parent's settings with the child's laid over them; neither is changed or shared."""
    result = copy.deepcopy(parent)
    for key, value in child.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        elif isinstance(value, list) and isinstance(result.get(key), list):
            result[key] = result[key] + copy.deepcopy(value)
        else:
            result[key] = copy.deepcopy(value)
    return result
