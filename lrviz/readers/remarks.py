"""Comments of a spec's text → the checks that they allow on their line: ``# lrviz: ignore[horizon-mismatch]``."""

from __future__ import annotations

import re

from lrviz.errors import Place
from lrviz.spec.curve import Ignore

_REMARK = re.compile(r"(?:^|\s)#\s*lrviz:\s*(?P<word>ignore)\b(?:\s*\[(?P<names>[^\]\n]*)\])?")
_LINE = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts them


def remarks_of(text: str, file: str) -> tuple[Ignore, ...]:
    """Find what a spec's comments allow, names parted by commas; a comment without a name is kept, as a mistake."""
    if "lrviz:" not in text:
        return ()
    return tuple(
        Ignore(
            name.strip(),
            Place(file, number, found.start("names" if found["names"] else "word") + 1),
            on_line=True,
        )
        for number, line in enumerate(_LINE.split(text), start=1)
        for found in _REMARK.finditer(line)
        for name in (found["names"] or "").strip(" ,").split(",")
    )
