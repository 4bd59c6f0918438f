"""Elements of SVG as escaped markup, and the numbers in them.

>>> tag("text", "a < b", x=1.25, class_="label")
Markup('<text x="1.2" class="label">a &lt; b</text>')
"""

from __future__ import annotations

from markupsafe import Markup, escape

WIDTH = 420
"""Width of every chart in its own units: small enough that a phone shows it legibly."""


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """An element; children and values are escaped unless they are markup, None is left out.

    A trailing underscore of an attribute's name is dropped, others become hyphens.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{}{}>{}</{}>").format(Markup(name), written, inner, Markup(name))


def number(value: object) -> object:
    """A float with at most one decimal, other values as they are."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def drawing(parts: list[Markup], *, height: float, title: str, desc: str) -> Markup:
    """The whole drawing, with the title and description that a screen reader says."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", desc),
        *parts,
        viewBox=f"0 0 {WIDTH} {number(float(height))}",
        role="img",
    )


def short(text: str, most: int) -> str:
    """The text, cut to ``most`` characters with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def signed(share: float) -> str:
    """A difference of F1 in points; the sign stays where it rounds to zero: '−0.0'."""
    points = 100 * share
    return f"{points:+.1f}".replace("-", "−") if points else "0.0"


def bracketed(interval: dict[str, float]) -> str:
    """Mean and 95 % interval in points: '+2.8 [−0.5, +5.3]'."""
    mean, low, high = (signed(interval[key]) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
