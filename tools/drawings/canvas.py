"""Boxes, arrows and words in the colours of the console, for light and dark at once."""

from dataclasses import dataclass, field
from html import escape

LINE_HEIGHT = 18
COLOURS = {
    "page": ("#f6f7f8", "#0d1012"), "surface": ("#ffffff", "#1b2024"), "line": ("#c9d0d7", "#39424a"),
    "ink": ("#14181c", "#e9edf0"), "ink-2": ("#434c55", "#b3bcc4"), "ink-3": ("#5c6670", "#8f9aa4"),
    "arrow": ("#6b7680", "#8f9aa4"), "accent": ("#0a6c74", "#56c7ce"), "accent-soft": ("#e0f0f1", "#12302f"),
    "queued": ("#59646f", "#a1acb6"), "queued-soft": ("#eceff2", "#20262b"),
    "running": ("#1d5fcb", "#7db2ff"), "running-soft": ("#e6effc", "#152540"),
    "succeeded": ("#17753a", "#52c878"), "succeeded-soft": ("#e2f4e8", "#122a1c"),
    "failed": ("#bb2222", "#ff837a"), "failed-soft": ("#fdeceb", "#351a1b"),
    "cancelled": ("#5f6770", "#98a2ab"), "cancelled-soft": ("#eef0f2", "#20262b"),
}  # fmt: skip
"""Name to its light and its dark value; the same as in the console's design system."""
FAMILY = 'Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif'


@dataclass
class Canvas:
    """A drawing of a width and height, with a title and a text that says all of it."""

    width: int
    height: int
    title: str
    told: str
    parts: list[str] = field(default_factory=list)

    def box(self, at: tuple[int, int, int, int], name: str, *lines: str, colour: str = "") -> None:
        """Draw a box at x, y, width, height: its name, and what it is below it."""
        x, y, width, height = at
        fill, stroke = (f"{colour}-soft", colour) if colour else ("surface", "line")
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="var(--{fill})" stroke="var(--{stroke})"/>'
        )
        middle = y + height / 2 + 5 - len(lines) * LINE_HEIGHT / 2
        self._text(x + width / 2, middle, name, "name", colour=colour or "ink")
        for number, line in enumerate(lines, 1):
            self._text(x + width / 2, middle + number * LINE_HEIGHT, line, "small", colour="ink-2")

    def group(self, at: tuple[int, int, int, int], name: str, *, name_at: int = 32) -> None:
        """Draw a frame around what belongs together, with its name at the top."""
        x, y, width, height = at
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="none" '
            'stroke="var(--line)" stroke-dasharray="4 4"/>'
        )
        self._text(name_at, y + 22, name, "group", anchor="start", colour="ink-3")

    def arrow(self, path: str, *, colour: str = "arrow") -> None:
        """Draw a line along a path of SVG, with a head at its end."""
        self.parts.append(f'<path d="{path}" stroke="var(--{colour})" marker-end="url(#{colour})"/>')

    def words(self, x: int, y: int, *lines: str, anchor: str = "start", colour: str = "ink-2") -> None:
        """Write lines below each other, the first at y."""
        for number, line in enumerate(lines):
            self._text(x, y + number * LINE_HEIGHT, line, "small", anchor=anchor, colour=colour)

    def dot(self, x: int, y: int) -> None:
        """Draw where something begins."""
        self.parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="var(--arrow)"/>')

    def svg(self) -> str:
        """Return the whole file."""
        light, dark = (";".join(f"--{name}:{both[mode]}" for name, both in COLOURS.items()) for mode in (0, 1))
        heads = "".join(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            f'<path d="M0 0.5 7.5 4 0 7.5Z" fill="var(--{name})"/></marker>'
            for name in ("arrow", "accent")
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="title told">'
        )
        style = (
            f"<style>svg{{{light}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}text{{font-family:{FAMILY}}}"
            ".name{font-size:15px;font-weight:600}.small{font-size:14px}.group{font-size:13px;font-weight:600}"
            "svg>path{fill:none;stroke-width:1.5}</style>"
        )
        ground = f'<rect x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="10"'
        lines = [
            head, f'<title id="title">{escape(self.title)}</title>', f'<desc id="told">{escape(self.told)}</desc>', style,
            f"<defs>{heads}</defs>", f'{ground} fill="var(--page)" stroke="var(--line)"/>', *self.parts, "</svg>",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def _text(self, x: float, y: float, text: str, kind: str, *, anchor: str = "middle", colour: str) -> None:
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}" fill="var(--{colour})">{escape(text)}</text>'
        )
