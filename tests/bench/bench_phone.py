"""How quick the phone's app is with a large territory in its database.

`./run bench-phone`: 50,000 customers, 5,000 products and 20,000 deals are put in as a sync brings
them. Then the shipped app runs in its own process, in a window of an X server nobody looks at. The
floor of the start is a bare Kivy window with one label, in the same run. A phone's processor is
slower than a desktop's: the goals are for this machine, the ratio to the floor for any.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tests.bench.phone_territory import fill
from tests.support.xvfb import running_xvfb

_ROOT = Path(__file__).resolve().parents[2]
_TARGET = _ROOT / "build" / "bench" / "bench-phone.json"
_MB = 1_000_000
_OURS = ("mobile", "shared")
_BUDGET_OURS_MS, _BUDGET_OTHERS_MS = 15.0, 60.0

Row = dict[str, Any]


@click.command()
@click.option("--customers", default=50_000, show_default=True)
@click.option("--products", default=5_000, show_default=True)
@click.option("--deals", default=20_000, show_default=True)
@click.option("--starts", default=5, show_default=True, help="How often the app is started.")
def main(customers: int, products: int, deals: int, starts: int) -> None:
    """Measure the phone's app."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="tapak-bench-") as made, running_xvfb() as display:
        folder = Path(made) / "phone"
        began = time.perf_counter()
        fill(folder, customers=customers, products=products, deals=deals)
        filled_s = time.perf_counter() - began
        size = (folder / "phone.db").stat().st_size / _MB
        click.echo(f"Filled in {filled_s:.0f} s: {size:.0f} MB", err=True)
        with _environment(display) as environment:
            rows += _starts(folder, environment, starts)
            rows += _use(folder, environment)
            rows += _imports(environment)
            rows += _check_ins(folder, environment)
    _write(rows)
    click.echo(
        f"{customers} customers, {products} products, {deals} deals, {os.cpu_count()} CPUs\n"
    )
    click.echo(f"{'':52}{'measured':>10}  {'unit':<10}{'goal':>9}{'floor':>10}")
    for row in rows:
        floor = "" if row["floor"] is None else f"{row['floor']:,.2f}"
        click.echo(
            f"{row['name']:52}{row['value']:>10,.2f}  {row['unit']:<10}{row['goal'] or '':>9}"
            f"{floor:>10}"
        )
    click.echo(f"\nWritten to {_TARGET.relative_to(_ROOT)}")


@contextmanager
def _environment(display: str) -> Iterator[dict[str, str]]:
    """Give what the processes are started with, and a home for Kivy that goes again."""
    with tempfile.TemporaryDirectory(prefix="tapak-kivy-") as home:
        inherited = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
        yield {
            **inherited,
            # A package holds compiled modules: the start that does not count makes them here.
            "PYTHONPYCACHEPREFIX": f"{home}/compiled",
            "DISPLAY": display,
            "SDL_VIDEODRIVER": "x11",
            "KIVY_HOME": home,
            "KIVY_METRICS_DENSITY": "1",
        }


def _starts(folder: Path, environment: dict[str, str], times: int) -> list[Row]:
    """Start bare windows and the app in turns, after one start of each that does not count.

    Kivy smooths all edges with several samples a pixel unless told not to; our app tells it.
    """
    took: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for number in range(times + 1):
        for what in (["hello", "kivy"], ["hello", "ours"], ["start", str(folder)]):
            began = time.monotonic()
            told = _run(what, environment)
            if number:
                took[" ".join(what[:2]) if what[0] == "hello" else what[0]].append(
                    (
                        (told["shown_at"] - began) * 1000,
                        told["cpu_s"] * 1000,
                        told["memory"]["Pss"] / _MB,
                    )
                )
    floor, floor_cpu, floor_mb = map(statistics.median, zip(*took["hello kivy"], strict=True))
    like, like_cpu, like_mb = map(statistics.median, zip(*took["hello ours"], strict=True))
    own, own_cpu, own_mb = map(statistics.median, zip(*took["start"], strict=True))
    return [
        _row("start to first usable frame, median", own, "ms", floor=floor),
        _row("start against a bare Kivy window", own / floor, "times", "<= 1.5", floor=1),
        _row("start, processor time of the main thread", own_cpu, "ms", floor=floor_cpu),
        _row("start, the same against a bare window", own_cpu / floor_cpu, "times", floor=1),
        _row("memory at the first frame", own_mb, "MB", floor=floor_mb),
        _row("start, with our settings of the bare window, too", own / like, "times", floor=1),
        _row("start, the same in processor time", own_cpu / like_cpu, "times", floor=1),
        _row("memory at the first frame, the same", own_mb, "MB", floor=like_mb),
    ]


def _use(folder: Path, environment: dict[str, str]) -> list[Row]:
    found = _run(["use", str(folder)], environment)
    search, shown = found["search_s"], found["search_shown_s"]
    scroll, memory = found["scroll_s"], found["memory"]
    return [
        _row("search, letter to result, median", _percentile(search, 50), "ms"),
        _row("search, letter to result, p95", _percentile(search, 95), "ms", "<= 16"),
        _row("search, letter to drawn frame, p95", _percentile(shown, 95), "ms"),
        _row("scrolling, main thread per frame, median", _percentile(scroll, 50), "ms", "<= 4"),
        _row("scrolling, main thread per frame, p95", _percentile(scroll, 95), "ms"),
        _row("memory after the walk, shared by share", memory["Pss"] / _MB, "MB", "<= 180"),
        _row("memory after the walk, shared in full", memory["Rss"] / _MB, "MB"),
        _row("memory with the list in sight", found["memory_at_rest"]["Pss"] / _MB, "MB"),
    ]


def _check_ins(folder: Path, environment: dict[str, str]) -> list[Row]:
    took = _run(["check_in", str(folder)], environment)["check_in_s"]
    return [
        _row("check-in, durable, median", _percentile(took, 50), "ms"),
        _row("check-in, durable, p99", _percentile(took, 99), "ms", "<= 50"),
    ]


def _imports(environment: dict[str, str]) -> list[Row]:
    """Return what each module costs to import: by itself ours, whole packages of others."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import mobile.app, mobile.container.container"],
        env=environment | {"KIVY_NO_ARGS": "1"},
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    ours: dict[str, float] = {}
    packages: dict[str, float] = defaultdict(float)
    for line in told.splitlines():
        match = re.fullmatch(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", line)
        if match:
            own_ms, name = int(match[1]) / 1000, match[2]
            package = name.partition(".")[0]
            if package in _OURS:
                ours[name] = own_ms
            else:
                packages[package] += own_ms
    slowest = sorted(ours.items(), key=lambda item: -item[1])[:5]
    heaviest = sorted(packages.items(), key=lambda item: -item[1])[:5]
    return [
        _row("imports, ours together", sum(ours.values()), "ms"),
        *(_row(f"import {name}", ms, "ms", f"<= {_BUDGET_OURS_MS:g}") for name, ms in slowest),
        *(
            _row(
                f"import {name} with its modules",
                ms,
                "ms",
                None if name == "kivy" else f"<= {_BUDGET_OTHERS_MS:g}",
            )
            for name, ms in heaviest
        ),
    ]


def _run(what: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.phone_app", *what],
        env=environment,
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not told:
        raise click.ClickException(f"the app ended with {done.returncode}: {done.stdout[-400:]}")
    answer: dict[str, Any] = json.loads(told[-1])
    return answer


def _percentile(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def _row(
    name: str, value: float, unit: str, goal: str | None = None, *, floor: float | None = None
) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "floor": floor}


def _write(rows: list[Row]) -> None:
    _TARGET.parent.mkdir(parents=True, exist_ok=True)
    _TARGET.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
