#!/usr/bin/env python3
"""Computes the root over every entry bundle of a data folder with pymerkle and compares it with the checkpoint.

usage: audit.py DATA-FOLDER        (pip install pymerkle)
"""
import base64
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
from pymerkle import InmemoryTree  # noqa: E402

WIDTH = 256


def bundle_path(data: Path, number: int, width: int) -> Path:
    """The bundle's file as C2SP tlog-tiles names it."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    path = data / "tiles" / "tile" / "entries"
    name = "/".join(groups)
    return path / (name if width == WIDTH else f"{name}.p/{width}")


def leaves(data: Path, size: int):
    """Every leaf of the bundles, in order."""
    for first in range(0, size, WIDTH):
        rest = bundle_path(data, first // WIDTH, min(WIDTH, size - first)).read_bytes()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            yield rest[2 : 2 + length]
            rest = rest[2 + length :]


def main() -> int:
    data = Path(sys.argv[1])
    origin, size, root = (data / "checkpoint").read_text().split("\n")[:3]
    tree = InmemoryTree(algorithm="sha256")
    count = 0
    for leaf in leaves(data, int(size)):
        tree.append_entry(leaf)
        count += 1
    if count != int(size) or base64.b64encode(tree.get_root()).decode() != root:
        print(f"FAIL: {count} leaves of {origin} have another root", file=sys.stderr)
        return 1
    print(f"OK: {count} leaves of {origin} have the root {root}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
