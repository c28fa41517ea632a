"""Report → one HTML page that works from disk: curves to hover over, zoom and switch off, and all that is known.

Bokeh's JavaScript, which its Python package holds, draws; it stands in the page, with our script and the data. The page
may load nothing, and run nothing but these scripts: a policy in its head names their hashes.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import bokeh
from bokeh.util.paths import bokehjs_path

from lrviz.render.interactive.drawn import chosen_lines, drawn_of
from lrviz.render.interactive.sections import legend, sections, text
from lrviz.render.palette import GROUNDS
from lrviz.report import Report

OURS = Path(__file__).parent / "interactive"
LIBRARY = ("bokeh.min.js", "bokeh-api.min.js")
SCRIPTS = ("scales.js", "lines.js", "panels.js", "hover.js", "page.js")
HINT = "Drag to move along, Ctrl and the wheel to zoom, the box tool to enlarge a stretch, double-click to see all."
NAMED = 4  # the most curves that the title names


def render(report: Report, suffix: str = ".html") -> str:  # noqa: ARG001 - every format is called alike
    """Write the page."""
    return page(report)


def page(report: Report, snippet: str = "") -> str:
    """Write the page.

    Args:
        report: the curves.
        snippet: a script to run besides, which may talk to the server that the page comes from, as one that loads the
            page anew does.
    """
    drawn = report.drawn()
    lines = chosen_lines(drawn)
    data = drawn_of(drawn, lines)
    ground = GROUNDS[report.view.theme]
    data["ground"] = vars(ground)
    scripts = [_closed(script) for script in (*_library(), *_ours(), snippet) if script]
    style = (OURS / "page.css").read_text(encoding="utf-8")
    colours = " ".join(f"--{name}: {colour};" for name, colour in vars(ground).items())
    title = text(report.view.title or _title(report))
    head = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, bool(snippet))}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>:root {{ color-scheme: {report.view.theme}; {colours} }}\n{style}</style>",
        "</head>",
    ]
    body = [
        "<body>",
        f"<h1>{title}</h1>",
        "<noscript><p>The drawing needs JavaScript; the facts below do not.</p></noscript>",
        *_controls(data),
        '<div id="panels"></div>',
        f'<p class="soft hint">{HINT}</p>',
        '<div id="readout" role="status" hidden></div>',
        *sections(drawn, lines, {"bokeh": bokeh.__version__}),
        f'<script type="application/json" id="data">{_json(data)}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body>",
        "</html>\n",
    ]
    return "\n".join([*head, *body])


def _title(report: Report) -> str:
    names = [curve.name for curve in report.curves]
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1:,} more"


def _controls(data: dict[str, Any]) -> Iterator[str]:
    yield '<div class="controls">'
    yield '<fieldset id="axis"><legend>x axis</legend>'
    for axis in data["axes"]:
        checked = " checked" if axis["key"] == data["axis"] else ""
        box = f'<input type="radio" name="axis" value="{axis["key"]}" autocomplete="off"{checked}>'
        yield f"<label>{box}<span>{axis['label']}</span></label>"
    yield "</fieldset>"
    yield '<button type="button" id="all">See all</button>'
    yield "</div>"
    yield from legend(data["keys"])


def _library() -> Iterator[str]:
    folder = Path(bokehjs_path()) / "js"
    yield from ((folder / name).read_text(encoding="utf-8") for name in LIBRARY)


def _ours() -> Iterator[str]:
    written = "\n".join((OURS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    yield f'(() => {{\n"use strict";\n{written}}})();'


def _policy(scripts: list[str], served: bool) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
    connect = " connect-src 'self';" if served else ""
    return f"default-src 'none';{connect} img-src data:; style-src 'unsafe-inline'; script-src {hashes}"


def _closed(script: str) -> str:
    """Keep a script from ending its own element: between quotes, where alone this stands, the two say the same."""
    return script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _json(data: Any) -> str:
    """Write JSON that no text in it can end: letters that HTML obeys are escapes, and so is all beyond ASCII."""
    written = json.dumps(data, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
