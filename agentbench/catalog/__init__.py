"""Model families and quant profiles: reading, ``extends``, checking. Cheap and pure: no network, no environment.

    load_family("minimax-m2.5", rootdir=Path.cwd())     # built in, or the path of a TOML file
    get_profile(family, "nvfp4")
    resolve_suite(family, None)                         # ("nightly", Suite(...))

Every fault in a file is one :class:`~agentbench.errors.CatalogError` that names the file, the key path, what was
found and what was expected.
"""

from agentbench.catalog.engine_args import check_engine_arg, parse_engine_arg
from agentbench.catalog.families import builtin_families, get_profile, load_family, prepared_dir
from agentbench.catalog.suites import resolve_suite

__all__ = [
    "builtin_families",
    "check_engine_arg",
    "get_profile",
    "load_family",
    "parse_engine_arg",
    "prepared_dir",
    "resolve_suite",
]
