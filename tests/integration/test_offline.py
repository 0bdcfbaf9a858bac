"""A whole run, reading, recalling, asking, upkeep, with every way out of the machine closed.

Where the system allows it, the run happens in a network of its own that holds nothing but
loopback, so that native code is held to it as well. Everywhere, the daemon's own guard is on
(``memory.guard``), and its connections are watched.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from memory.client import Client
from memory.protocol import AskDone, AskRequest, NoteRequest, RecallRequest
from tests.daemon_fixture import running_daemon
from tests.patience import until
from tests.tiny_gguf import make_tiny_gguf

NOWHERE = "http://192.0.2.1:9"  # an address for documentation: nothing is ever there
PROXIES = {name: NOWHERE for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy")}


def whole_run(client: Client, folder: Path) -> None:
    """Everything a person does in the first hour."""
    (folder / "lease.md").write_text("# Lease\n\nThe deposit is 1,840 euros.\n", "utf-8")
    (folder / "page.html").write_text(
        '<html><body><img src="http://192.0.2.1/x.png"><link rel="stylesheet"'
        ' href="http://192.0.2.1/s.css"><p>The boiler was serviced in May.</p></body></html>',
        "utf-8",
    )
    client.add_note(NoteRequest(text="The wifi password of the cabin is heliotrope."))
    batch = client.add([str(folder)], watch=True).batch
    until(lambda: client.batch(batch).finished_at is not None)
    assert client.batch(batch).failed == 0
    until(lambda: client.status().index == "ready" and not client.status().waiting_for_meaning)
    reply = client.recall(RecallRequest(question="How much is the deposit of the flat?"))
    assert reply.problems == [] and "1,840 euros" in reply.hits[0].text
    model = make_tiny_gguf(folder.parent / "tiny.gguf")
    for path in (None, model):
        if path is not None:
            client.use_model(str(path))
        with client.ask(AskRequest(question="When was the boiler serviced?")) as stream:
            last = list(stream)[-1]
        assert isinstance(last, AskDone) and (last.model is None) is (path is None)
    assert client.run_night().state == "finished"
    assert client.reindex().memories == client.status().memories


class _Watcher(threading.Thread):
    """Looks at the connections of a process and its children again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._stopping = threading.Event()
        self.looks = 0
        self.strangers: set[str] = set()

    def run(self) -> None:
        while not self._stopping.wait(0.05):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                for connection in [c for p in family for c in p.net_connections("inet")]:
                    if connection.raddr and not connection.raddr.ip.startswith(("127.", "::1")):
                        self.strangers.add(str(connection.raddr))
                self.looks += 1
            except psutil.Error:
                continue  # one of them ended while it was looked at

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def test_a_whole_run_reaches_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    with running_daemon(tmp_path / "data", PROXIES) as running:
        watcher = _Watcher(running.process.pid)
        watcher.start()
        whole_run(running.client, folder)
        watcher.stop()
        assert watcher.looks > 0 and watcher.strangers == set()
        assert "OutgoingRefused" not in running.log()


def _own_network() -> list[str] | None:
    """A command before others that gives them a network with nothing but loopback."""
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return None
    command = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    tried = subprocess.run([*command, "true"], capture_output=True)
    return command if tried.returncode == 0 else None


def test_a_whole_run_in_a_network_of_its_own(tmp_path: Path) -> None:
    network = _own_network()
    if network is None:
        pytest.skip("this system gives no network of its own")
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.daemon_fixture import running_daemon\n"
        "from tests.integration.test_offline import whole_run\n"
        "folder = Path(sys.argv[1]) / 'papers'; folder.mkdir()\n"
        "with running_daemon(folder.parent / 'data') as running:\n"
        "    whole_run(running.client, folder)\n"
        "print('through')\n"
    )
    done = subprocess.run(
        [*network, sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0 and "through" in done.stdout, done.stderr
