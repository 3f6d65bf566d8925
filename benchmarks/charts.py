"""How are figures drawn? As SVG text, grouped bars or lines, with a title and named axes. Nothing
but the standard library, and nothing outside the file: no fonts, no scripts, no links.

Read on a white page and on a black one: a chart brings its own page, whose colours follow the
reader's scheme, and each series is told apart by its place and its dash as well as by its colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 760
HEIGHT: Final = 400
LEFT, RIGHT, TOP, BOTTOM = 74, 20, 78, 64
TICKS: Final = 5
"""At most so many, above zero."""
BARS_GAP: Final = 0.28
"""The part of a group's width that is left free beside its bars."""
CHARACTER_WIDTH: Final = 6.6
"""Of the text of a legend, in pixels, about."""

# Told apart by people who do not see all colours. Source: M. Okabe and K. Ito, "Color Universal
# Design", 2008; without its yellow and its black, which are not seen on one of the two pages.
COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3", "12 3", "1 4")

_STYLE: Final = """
.page { fill: #ffffff }
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.note, .value { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.axis { stroke: #59636e; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 }
text { fill: #f0f6fc }
.note, .value { fill: #9198a1 }
.grid { stroke: #3d444d }
.axis { stroke: #9198a1 }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Figures of one kind.

    Attributes:
        name: in the legend.
        values: one for each group of bars, or each point of a line; None where there is none.
    """

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn.

    Attributes:
        title: what it shows.
        x_axis: what the groups or points are.
        y_axis: what is counted, and in which unit.
        labels: of the groups or points, from the left.
        series: each with as many values as there are labels.
        note: small text below the title; where the figures come from, say.
    """

    title: str
    x_axis: str
    y_axis: str
    labels: Sequence[str]
    series: Sequence[Series]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: there is nothing to draw, too much, or a figure that has no place.
        """
        if not self.labels or not self.series:
            raise ValueError("a chart has labels and series")
        if len(self.series) > len(COLOURS):
            raise ValueError(f"a chart has at most {len(COLOURS)} series")
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"the series {series.name!r} has not a value for each label")
            for value in series.values:
                if value is not None and not (math.isfinite(value) and value >= 0):
                    raise ValueError(f"the series {series.name!r} has {value}, which has no place")


def bar_chart(chart: Chart) -> str:
    """Grouped bars, each with its value above it."""
    scale = _Scale.of(chart)
    drawn = []
    group = _plot_width() / len(chart.labels)
    width = group * (1 - BARS_GAP) / len(chart.series)
    for place, series in enumerate(chart.series):
        for position, value in enumerate(series.values):
            if value is None:
                continue
            x = LEFT + group * (position + BARS_GAP / 2) + width * place
            y = scale.y(value)
            drawn.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * 0.92:.1f}"'
                f' height="{scale.y(0) - y:.1f}" fill="{COLOURS[place]}"/>'
                f'<text class="value" x="{x + width * 0.46:.1f}" y="{y - 4:.1f}"'
                f' text-anchor="middle">{shown(value)}</text>'
            )
    return _document(chart, scale, drawn)


def line_chart(chart: Chart) -> str:
    """Lines over points that stand at equal distances, whatever their labels say."""
    scale = _Scale.of(chart)
    drawn = []
    for place, series in enumerate(chart.series):
        points = [
            (_middle(chart, position), scale.y(value))
            for position, value in enumerate(series.values)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = f' stroke-dasharray="{DASHES[place]}"' if DASHES[place] else ""
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{COLOURS[place]}"'
            f' stroke-width="2"{dash}/>'
        )
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOURS[place]}"/>'
                  for x, y in points]  # fmt: skip
    return _document(chart, scale, drawn)


def shown(value: float) -> str:
    """A figure in as few characters as say it: three digits that count, or all before the point."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class _Scale:
    """From figures to heights."""

    step: float
    ticks: int

    @classmethod
    def of(cls, chart: Chart) -> "_Scale":
        most = max(
            (v for series in chart.series for v in series.values if v is not None), default=0
        )
        step = _round_step(most / TICKS) if most else 1.0
        return cls(step, max(1, math.ceil(most / step * 0.999999)))

    def y(self, value: float) -> float:
        """Where a figure is, from the top."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / (self.step * self.ticks)


def _round_step(least: float) -> float:
    """The next larger of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    # What is larger than a step by an error of floating point alone is that step.
    return next(
        power * round_ for round_ in (1, 2, 2.5, 5, 10) if power * round_ > least * 0.999999
    )


def _plot_width() -> float:
    return WIDTH - LEFT - RIGHT


def _middle(chart: Chart, position: int) -> float:
    return LEFT + _plot_width() / len(chart.labels) * (position + 0.5)


def _document(chart: Chart, scale: _Scale, drawn: Sequence[str]) -> str:
    bottom = HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        _text(LEFT, 20, chart.title, "title"),
        _text(LEFT, 37, chart.note, "note") if chart.note else "",
        *_legend(chart),
    ]
    for tick in range(scale.ticks + 1):
        value = scale.step * tick
        y = scale.y(value)
        kind = "grid" if tick else "axis"
        parts.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}"'
                     f' y2="{y:.1f}"/>')  # fmt: skip
        parts.append(_text(LEFT - 8, y + 4, shown(value), "note", "end"))
    for position, label in enumerate(chart.labels):
        parts.append(_text(_middle(chart, position), bottom + 19, label, "", "middle"))
    parts.append(_text(LEFT + _plot_width() / 2, HEIGHT - 18, chart.x_axis, "note", "middle"))
    middle = TOP + (bottom - TOP) / 2
    parts.append(
        f'<text class="note" transform="translate(18 {middle:.1f}) rotate(-90)"'
        f' text-anchor="middle">{escape(chart.y_axis)}</text>'
    )
    return "\n".join([*filter(None, parts), *drawn, "</svg>"]) + "\n"


def _legend(chart: Chart) -> list[str]:
    x, parts = float(LEFT), []
    for place, series in enumerate(chart.series):
        parts.append(f'<rect x="{x:.1f}" y="50" width="11" height="11" fill="{COLOURS[place]}"/>')
        parts.append(_text(x + 16, 60, series.name))
        x += 34 + CHARACTER_WIDTH * len(series.name)
    return parts


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    kind = f' class="{kind}"' if kind else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}"{place}>{escape(text)}</text>'
