"""Ordering by names: layers of depth, and circles printed instead of guessed."""

from collections.abc import Iterable, Mapping


class Circle(Exception):
    """Names that read each other in a circle; the message prints it."""

    def __init__(self, names: list[str]) -> None:
        """Keep the circle, closed."""
        self.names = [*names, names[0]]
        super().__init__(" → ".join(self.names))


def layers(reads: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the names in layers: each reads only names of earlier layers (others are ignored); raise Circle."""
    left = {name: {r for r in needed if r in reads} for name, needed in reads.items()}
    done: set[str] = set()
    result: list[list[str]] = []
    while left:
        ready = sorted(n for n, needed in left.items() if needed <= done)
        if not ready:
            raise Circle(find_circle(left))
        result.append(ready)
        done.update(ready)
        left = {n: needed for n, needed in left.items() if n not in done}
    return result


def find_circle(reads: Mapping[str, set[str]]) -> list[str]:
    """Return the names of one circle, in reading order."""
    path: list[str] = []
    name = min(reads)
    while name not in path:
        path.append(name)
        name = min(n for n in reads[name] if n in reads)
    return path[path.index(name) :]


def closure(start: Iterable[str], reads: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the names reached from some names, themselves included."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [r for r in reads.get(name, ()) if r not in found]
    return found
