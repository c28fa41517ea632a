"""``lrviz check --fix``: findings whose remedy is certain → the files rewritten, and checked again before they are."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz import pipeline, readers
from lrviz.commands.reviewing import Reader
from lrviz.errors import OutputError, SpecError
from lrviz.readers.written import Texts

if TYPE_CHECKING:
    from lrviz.checks.choice import Choice
    from lrviz.checks.finding import Finding
    from lrviz.errors import RefusedByTorch
    from lrviz.spec.curve import Spec

    Found = tuple[list[Finding], list[RefusedByTorch]]

MOST_ROUNDS = 10  # a mended mistake may have hidden another
BOM = b"\xef\xbb\xbf"


@dataclass
class Mender:
    """Mends spec after spec in memory; what became of the files is written, or shown, at the end.

    Args:
        read: reads a word, from a text in the place of its file's own.
        choice: which rules count.
        cache: whether traces may be read back and kept.
        texts: the texts of files as they are, and, once mended, as they are to be.
        before: the texts of those that are mended, as they were.
        count: findings mended, by file.
        left: why findings that could be mended were not.
    """

    read: Reader
    choice: Choice
    cache: bool = True
    texts: Texts = field(default_factory=Texts)
    before: dict[str, str] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    def mended(self, word: str, found: list[Finding], refused: list[RefusedByTorch]) -> Found:
        """Mend what can be mended in one spec; return what is still found then."""
        file = readers.file_of(word)
        if file is None:
            return [_unmendable(finding) for finding in found], refused
        if file in self.before:  # by way of another word
            found, refused = self._checked(self.read(word, self.texts.of(file)), self.texts)
        given_up: set[tuple[str, str, str]] = set()
        for _ in range(MOST_ROUNDS):
            able = [f for f in found if self._can_mend(f, file) and _sign(f) not in given_up]
            reasons: list[str] = []
            for chosen in _attempts(able):
                after = self._attempt(word, file, (found, refused), chosen)
                if not isinstance(after, str):
                    found, refused = after
                    self.count[file] += len(chosen)
                    break
                if len(chosen) == 1:
                    given_up.add(_sign(chosen[0]))
                    reasons.append(f"{chosen[0].place}: {chosen[0].name} is left as it is: {after}")
            self.left += reasons
            if len(reasons) == len(able):
                break
        return [_unmendable(f) if _sign(f) in given_up else f for f in found], refused

    def _can_mend(self, finding: Finding, file: str) -> bool:
        return finding.edit is not None and finding.edit.place.file == file and self.choice.wants(finding)

    def _attempt(self, word: str, file: str, known: Found, chosen: Sequence[Finding]) -> Found | str:
        """Mend some findings, unless the result is not better in every respect; else say why not."""
        old = self.texts.of(file)
        text = pipeline.rewritten(chosen, self.texts)
        if text is None or old is None:
            return "the changes overlap"
        texts = Texts({file: text})
        try:
            all_before, all_after = self.read(file, old), self.read(file, text)
            after = self.read(word, text)
            found, refused = self._checked(after, texts)
        except SpecError as error:
            return f"the spec would be wrong then: {error}"
        meant = {finding.curve for finding in chosen}
        if all_before.names != all_after.names or all_before.view != all_after.view:
            return "more than the curve would change"
        others = (
            one.name
            for one, two in zip(all_before, all_after, strict=True)
            if one.name not in meant and one != two
        )
        for other in others:
            return f"{other} would change too"
        if len(refused) > len(known[1]) or _errors(found) > _errors(known[0]):
            return "another mistake would take its place"
        there, were = Counter(map(_sign, found)), Counter(map(_sign, known[0]))
        if any(there[_sign(finding)] >= were[_sign(finding)] for finding in chosen):
            return "it would still be found then"
        self.before.setdefault(file, old)
        self.texts.known[file] = text
        return found, refused

    def _checked(self, spec: Spec, texts: Texts) -> Found:
        traces = pipeline.attempt(spec, cache=self.cache)
        found, refused = pipeline.check(spec, traces, self.choice, cache=self.cache, texts=texts)
        return pipeline.certain(found, texts), refused

    def files(self) -> Iterator[tuple[str, str, str]]:
        """List the files that are mended: name, text before, text after."""
        for file, before in self.before.items():
            yield file, before, self.texts.of(file) or ""

    def write(self) -> None:
        """Write the files that are mended.

        Raises:
            OutputError: if one of them cannot be written, or was changed meanwhile; then none is.
        """
        from lrviz.render.write import file_problem, write_pieces

        marks: dict[str, bytes] = {}
        problems = [file_problem(file) for file in self.before]
        for file, before, _ in self.files():
            now = Path(file).read_bytes()
            marks[file] = BOM if now.startswith(BOM) else b""
            if now != marks[file] + before.encode():
                problems.append(f"{file}: changed while it was checked; run lrviz check --fix again")
        told = [problem for problem in problems if problem]
        if told:
            raise OutputError("\n".join(told))
        for file, _, after in self.files():
            write_pieces(file, [marks[file], after.encode()], keep_mode=True)

    def tell(self, done: str) -> None:
        """Tell on standard error what was mended, and what was not, and why."""
        for line in self.left:
            print(line, file=sys.stderr)
        for file, count in self.count.items():
            print(f"{done} {count} finding{'' if count == 1 else 's'} in {file}", file=sys.stderr)


def _attempts(able: list[Finding]) -> Iterator[list[Finding]]:
    """List what is tried: everything at once; where that fails, one by one."""
    if len(able) > 1:
        yield able
    for finding in able:
        yield [finding]


def _sign(finding: Finding) -> tuple[str, str, str]:
    return finding.name, finding.curve, finding.place.key


def _errors(found: Sequence[Finding]) -> int:
    return sum(finding.severity == "error" for finding in found)


def _unmendable(finding: Finding) -> Finding:
    from dataclasses import replace

    return replace(finding, edit=None)
