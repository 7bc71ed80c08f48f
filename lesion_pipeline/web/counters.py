"""What /metrics tells, in Prometheus' text format; nothing of what was sent is in it."""

from bisect import bisect_left
from collections import Counter
from typing import Final

from lesion_pipeline.memory import resident

# Upper bounds in seconds; the last is infinity.
BOUNDS: Final = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OTHER: Final = "other"  # a path that is no route's, so that nobody can make up new labels


class Counters:
    """Counts answers by route and status, and how long they took."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._answers: Counter[tuple[str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def add(self, route: str | None, status: int, seconds: float) -> None:
        """Count an answer; `route` is the path of a route, with its parameters' names."""
        name = route or OTHER
        self._answers[name, status] += 1
        buckets = self._buckets.setdefault(name, [0] * (len(BOUNDS) + 1))
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[name] += seconds  # type: ignore[assignment]

    def text(self, gauges: dict[str, float]) -> str:
        """Return all counts, and other values by name."""
        lines = ["# TYPE lesion_requests_total counter"]
        for (route, status), count in sorted(self._answers.items()):
            lines.append(f'lesion_requests_total{{route="{route}",status="{status}"}} {count}')
        lines.append("# TYPE lesion_request_seconds histogram")
        for route, buckets in sorted(self._buckets.items()):
            lines += self._histogram(route, buckets)
        for name, value in (gauges | {"resident_memory_bytes": resident()}).items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# TYPE lesion_{name} {kind}", f"lesion_{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str, buckets: list[int]) -> list[str]:
        name, lines, total = "lesion_request_seconds", [], 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
        lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:g}')
        return [*lines, f'{name}_count{{route="{route}"}} {total}']
