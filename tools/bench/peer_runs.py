"""Runs of the generator, each one line of JSON, kept in a file so that what was
interrupted goes on where it stopped."""
import json
import os
import platform
import signal
import subprocess
import sys
import time

from nodes import BIN, ROOT
from peer_servers import CannotStart
from packages import installed

QUIET_SHARE = 0.12  # Of a core that others may use when a run begins.
QUIET_SECONDS = 2


def core_for(role):
    """The server has the first core, the generator the second; None on a single one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    return cores[0] if role == "server" else cores[1]


def busy_seconds():
    with open("/proc/stat") as file:
        x = [int(y) for y in file.readline().split()[1:9]]
    return (sum(x[:3]) + sum(x[5:8])) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(patience):
    """Until nobody else uses the machine, or patience is over."""
    until = time.time() + patience
    quiet = 0
    while quiet < QUIET_SECONDS and time.time() < until:
        before = busy_seconds()
        time.sleep(1)
        quiet = quiet + 1 if busy_seconds() - before < QUIET_SHARE else 0


def run_load(server, words, core=None):
    """One run of the generator against a server that is up. Where the generator
    asks for it, the server is killed and started again."""
    command = [os.path.join(BIN, "peerload"), *server.arguments(), *map(str, words)]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as load:
        result = {}
        for line in load.stdout:
            if line.strip() == "kill":
                server.kill()
                server.start()
                load.stdin.write(" ".join(map(str, server.pids())) + "\n")
                load.stdin.flush()
            else:
                result = json.loads(line)
        said = load.stderr.read()
    if not result:
        result["error"] = said.strip() or f"the generator ended with {load.returncode}"
    return result


def measure(make_server, words, core=None, patience=0):
    """A fresh server, one run, and its end."""
    server = None
    try:
        wait_for_quiet(patience)
        server = make_server()
        server.start()
        return run_load(server, words, core)
    except (CannotStart, OSError, subprocess.SubprocessError) as e:
        return {"error": str(e)}
    finally:
        if server:
            server.end()


class Kept:
    """Lines of JSON in a file; each is told from the others by its `key`."""

    def __init__(self, path):
        self.path = path
        self.rows = []
        if os.path.exists(path):
            with open(path) as file:
                self.rows = [json.loads(x) for x in file if x.endswith("\n")]

    def find(self, error=None, **key):
        """With `error`, only those that ended so; "" is well."""
        return [x for x in self.rows if all(x["key"].get(k) == v for k, v in key.items())
                and error in (None, x["error"])]

    def add(self, key, row):
        row = {"key": key, "at": time.strftime("%Y-%m-%d %H:%M:%S"), **row}
        self.rows.append(row)
        with open(self.path, "a") as file:
            file.write(json.dumps(row) + "\n")
        return row


def end_servers_on_sigterm():
    """As on Ctrl-C: by an exception, so that nothing is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


# -- the machine --------------------------------------------------------------------


def output_of(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, check=False, cwd=ROOT)
    except OSError:
        return ""
    return done.stdout.strip()


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe_machine(scratch):
    with open("/proc/meminfo") as file:
        gibi = int(file.readline().split()[1]) / 2**20
    return [f"{processor()}, {len(os.sched_getaffinity(0))} cores, {gibi:.0f} GiB",
            f"{output_of('sh', '-c', '. /etc/os-release; echo $PRETTY_NAME')}, "
            f"Linux {platform.release()}, data on {output_of('findmnt', '-n', '-o', 'FSTYPE', '-T', scratch)}"]


def versions(packages):
    commit = output_of("git", "describe", "--always", "--dirty")
    found = [f"parley {commit}"] if commit else []
    for x in packages:
        if installed(x):
            found.append(f"{x} {output_of('dpkg-query', '-W', '-f', '${Version}', x)}")
    return found
