# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium, over chromedriver's WebDriver (https://www.w3.org/TR/webdriver2)
and, for what that cannot do, the DevTools protocol through it."""
import json
import os
import re
import signal
import subprocess
import urllib.request

TAB, ENTER, SHIFT = "\ue004", "\ue007", "\ue008"


class Browser:
    """One window; `with` ends it."""

    def __enter__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True, start_new_session=True)
        port = None
        for line in self.driver.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        if not port:
            raise RuntimeError("chromedriver did not start")
        self.at = f"http://127.0.0.1:{port[1]}/session"
        args = ["--headless=new", "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage"]
        args += ["--no-sandbox"] if os.geteuid() == 0 else []
        wanted = {"goog:chromeOptions": {"args": args},
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        told = self.ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.at += f'/{told["sessionId"]}'
        return self

    def __exit__(self, *_):
        try:
            self.ask("DELETE", "")
        finally:
            os.killpg(self.driver.pid, signal.SIGTERM)
            self.driver.wait()

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.at + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.ask("POST", "/url", {"url": f"file://{os.path.abspath(path)}"})

    def run(self, script, *args):
        """What a function body returns in the page."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(args)})

    def devtools(self, command, **params):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def view(self, width, scheme="light", media="screen"):
        """How wide the window is, in which colours, for which medium."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                      deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=media,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])
        # Styles of what is folded up follow with the next frame.
        self.run("return new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def keys(self, text):
        """Press and release each key, where the focus is."""
        actions = [{"type": kind, "value": c} for c in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": actions}]})

    def complaints(self):
        """What the console has said since the last time."""
        return [f'{x["level"]}: {x["message"]}'
                for x in self.ask("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """What was asked for since the last time, from disk or network."""
        events = (json.loads(x["message"])["message"]
                  for x in self.ask("POST", "/se/log", {"type": "performance"}))
        return [e["params"]["request"]["url"] for e in events
                if e["method"] == "Network.requestWillBeSent"]
