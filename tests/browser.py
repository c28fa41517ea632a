"""A real Chromium without a window, spoken to through its DevTools protocol over a pipe: no package is needed."""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
    "about:blank",
)
# Chromium reads its orders from file 3 and answers to file 4; what starts it puts the pipes there.
START = (
    "import fcntl, os, sys; ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]; "
    "os.dup2(ends[0], 3); os.dup2(ends[1], 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """A window with one page in it.

    ``errors`` collects what the page's console and its exceptions say, ``requested`` the addresses it asked for.
    """

    def __init__(self, profile: Path, width: int = 1200, height: int = 900) -> None:
        orders, self._out = os.pipe()
        self._in, answers = os.pipe()
        command = [sys.executable, "-c", START, str(orders), str(answers), str(found())]
        profile.mkdir(parents=True)
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", f"--window-size={width},{height}", *OPTIONS],
            pass_fds=(orders, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile)},
        )
        os.close(orders)
        os.close(answers)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._in, selectors.EVENT_READ)
        self._buffer, self._count, self._session = b"", 0, None
        self.errors: list[str] = []
        self.requested: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.resize(width, height)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._session = None
            self.send("Browser.close")
            self._process.wait(20)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            self._selector.close()
            os.close(self._out)
            os.close(self._in)

    def send(self, method: str, **params: Any) -> Any:
        self._count += 1
        order = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            order["sessionId"] = self._session
        os.write(self._out, json.dumps(order).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while True:
            answer = self._next(until)
            if answer.get("id") == self._count:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._noted(answer)

    def open(self, file: Path) -> None:
        self.send("Page.navigate", url=file.resolve().as_uri())
        self.wait("location.protocol === 'file:' && document.documentElement?.dataset.drawn === 'yes'")

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition: str, seconds: float = SECONDS) -> None:
        until = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < until, f"never came true: {condition}; {self.errors}"
            time.sleep(0.03)

    def settled(self) -> None:
        """Wait until everything is drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def move(self, x: float, y: float) -> None:
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float, count: int = 1) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        x, y = start
        self.move(x, y)
        self.send("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for step in range(1, 6):
            at = (x + (end[0] - x) * step / 5, y + (end[1] - y) * step / 5)
            self.send(
                "Input.dispatchMouseEvent", type="mouseMoved", x=at[0], y=at[1], button="left", buttons=1
            )
        self.send("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], button="left")

    def scroll(self, x: float, y: float, by: float, ctrl: bool = False) -> None:
        wheel = {"x": x, "y": y, "deltaX": 0, "deltaY": by, "modifiers": 2 if ctrl else 0}
        self.send("Input.dispatchMouseEvent", type="mouseWheel", **wheel)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def screenshot(self, file: Path) -> None:
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _next(self, until: float) -> Any:
        while b"\0" not in self._buffer:
            left = until - time.monotonic()
            assert self._selector.select(max(left, 0)), "Chromium does not answer"
            piece = os.read(self._in, 1 << 16)
            assert piece, "Chromium has ended"
            self._buffer += piece
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)

    def _noted(self, event: Any) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requested.append(params["request"]["url"])
