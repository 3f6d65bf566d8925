"""Figures are drawn where they belong, in a file that needs nothing else."""

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.charts import BOTTOM, HEIGHT, Chart, Series, bar_chart, line_chart, shown

SVG = "{http://www.w3.org/2000/svg}"
FLOOR = HEIGHT - BOTTOM


def a_chart(**changes: Any) -> Chart:
    values: dict[str, Any] = {
        "title": "Payments <a second> & more",
        "x_axis": "workers",
        "y_axis": "payments/s",
        "labels": ["1", "4"],
        "series": [
            Series(name="ours", values=[50, 100]),
            Series(name="theirs", values=[25, None]),
        ],
    }
    return Chart(**values | changes)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str | None]:
    return [element.text for element in parsed(svg).iter(f"{SVG}text")]


def bars(svg: str) -> list[ElementTree.Element]:
    # The page and the legend's squares are rectangles too, above the plot.
    return [r for r in parsed(svg).iter(f"{SVG}rect") if float(r.get("y", "0")) > 61]


def test_bar_chart__names_title_axes_labels_and_series() -> None:
    found = texts(bar_chart(a_chart()))
    named = {"Payments <a second> & more", "workers", "payments/s", "1", "4", "ours", "theirs"}
    assert named <= set(found)


def test_bar_chart__each_figure_that_there_is__has_a_bar_of_its_height() -> None:
    heights = [float(bar.get("height", "0")) for bar in bars(bar_chart(a_chart()))]
    assert len(heights) == 3
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == pytest.approx(heights[0] / 2, abs=0.2)


def test_bar_chart__bars__stand_on_the_axis() -> None:
    for bar in bars(bar_chart(a_chart())):
        assert float(bar.get("y", "0")) + float(bar.get("height", "0")) == pytest.approx(
            FLOOR, abs=0.2
        )


def test_bar_chart__shows_each_value() -> None:
    assert texts(bar_chart(a_chart()))[-3:] == ["50", "100", "25"]


def test_line_chart__missing_figure__is_no_point() -> None:
    lines = list(parsed(line_chart(a_chart())).iter(f"{SVG}polyline"))
    assert [len(str(line.get("points")).split()) for line in lines] == [2, 1]


def test_line_chart__series__differ_by_dash() -> None:
    lines = parsed(line_chart(a_chart())).iter(f"{SVG}polyline")
    assert [line.get("stroke-dasharray") for line in lines] == [None, "6 3"]


@pytest.mark.parametrize("draw", [bar_chart, line_chart])
def test_chart__is_read_in_both_schemes_and_asks_for_nothing(draw: Any) -> None:
    svg = draw(a_chart())
    assert "prefers-color-scheme: dark" in svg
    assert "href" not in svg
    assert "url(" not in svg


def test_chart__of_zeros__is_drawn() -> None:
    assert len(bars(bar_chart(a_chart(series=[Series(name="ours", values=[0, 0])])))) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": []}, "has labels"),
        ({"series": [Series(name="ours", values=[1])]}, "not a value for each label"),
        ({"series": [Series(name="ours", values=[1, -1])]}, "has no place"),
        ({"series": [Series(name="ours", values=[1, float("nan")])]}, "has no place"),
        ({"series": [Series(name="ours", values=[1, 2])] * 7}, "at most 6 series"),
    ],
    ids=["no labels", "too few", "negative", "not a number", "too many series"],
)
def test_chart__that_cannot_be_drawn__is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        a_chart(**changes)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.2534, "0.253"),
        (1.5, "1.5"),
        (12.34, "12.3"),
        (100.0, "100"),
        (12345.6, "12,346"),
    ],
)
def test_shown__has_three_digits_that_count(value: float, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("most", "top"), [(31, "40"), (100, "100"), (0.31, "0.4"), (4, "4"), (0, "1")]
)
def test_chart__axis__ends_at_the_first_round_figure_above_all(most: float, top: str) -> None:
    svg = line_chart(a_chart(series=[Series(name="ours", values=[0, most])]))
    figures = [text for text in texts(svg) if text and text[0].isdigit()]
    assert figures[-3] == top
