"""Nodes on loopback, for what is measured here."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("PARLEY_BIN", os.path.join(ROOT, "build", "bin"))
BAD_DISK = os.path.join(ROOT, "build", "lib", "bad_disk.so")
PATIENCE = 60  # Seconds.
# A user of a benchmark does what a thousand people do. Earlier builds know no limit.
UNBOUNDED = os.environ.get("PARLEY_UNBOUNDED", "--user-rate 0").split()
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    while True:
        port = random.randint(20000, 31999)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Node:
    environment = {}  # What they have besides ours.

    def __init__(self, directory, number):
        self.directory = directory
        self.number = number
        self.data = os.path.join(directory, f"data{number}")
        self.clients, self.admin, self.peers = (f"127.0.0.1:{free_port()}" for _ in range(3))
        self.options = ()
        self.process = None

    def start(self, *options):
        """With other options than before, if there are any."""
        self.options = options or self.options
        with open(os.path.join(self.directory, f"log{self.number}"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "parleyd"), "--data-dir", self.data, "--listen", self.clients,
                 "--admin-listen", self.admin, *UNBOUNDED, *self.options],
                stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, **self.environment})
        for line in self.process.stdout:
            if "parleyctl" in line:
                return
        sys.exit(f"node {self.number} does not start; see {self.directory}")

    def end(self):
        """Drains; the seconds that it took."""
        began = time.time()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            sys.exit(f"node {self.number} left something behind")
        return time.time() - began

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def cpu(self):
        """Seconds that it took of all cores, user and system."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def open_files(self):
        """Connections are files, too."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_mib(self, what="VmRSS"):
        """As /proc/PID/status has it."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(rf"^{what}:\s+(\d+)", file.read(), re.MULTILINE)[1]) / 1024

    def ctl(self, *words):
        return subprocess.run(
            [os.path.join(BIN, "parleyctl"), "--node", self.admin, "--key-file",
             os.path.join(self.data, "admin.key"), *words],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)

    def status(self):
        """What it knows of the cluster; nothing while it does not answer."""
        answer = self.ctl("cluster", "status", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def sees_three_voters_everywhere(self):
        status = self.status()
        return status and status["nobody"] == 0 and all(
            len(x["voters"]) == 3 and sorted(x["voters"]) == sorted(x["wanted"])
            and not x["others"] for x in status["groups"])

    def is_led_as_wanted(self):
        """Whether every group is led by who shall lead it first."""
        status = self.status()
        return status and status["nobody"] == 0 and all(
            x["leader"] == x["wanted"][0] for x in status["groups"])


def peerload(node, core, *words):
    """What the generator on this core saw; ends the program if it failed."""
    command = ["taskset", "-c", str(core), os.path.join(BIN, "peerload"), "--protocol", "parley",
               "--connect", node.clients, "--service-token",
               os.path.join(node.data, "service.token"), "--pid", str(node.process.pid),
               *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if not done.stdout.strip():
        sys.exit(f"the generator ended: {done.stderr.strip()}")
    result = json.loads(done.stdout.splitlines()[-1])
    if result["error"] or result["failed_connections"]:
        sys.exit(f"the generator failed: {result['error']}")
    return result


def write_key(directory):
    key = os.path.join(directory, "key")
    with open(key, "w") as file:
        file.write("5" * 64 + "\n")
    return key


def found(nodes, *options):
    """Starts them as one cluster."""
    key = write_key(nodes[0].directory)
    addresses = ",".join(f"{x.number}={x.peers}" for x in nodes)
    for x in nodes:
        x.start("--node", str(x.number), "--nodes", addresses, "--cluster-key", key, *options)


def swarm(nodes, *options):
    """A swarm at all nodes, and the file that will have what its clients saw."""
    directory = nodes[0].directory
    result = os.path.join(directory, "result")
    with open(os.path.join(directory, "swarm"), "wb") as log:
        process = subprocess.Popen(
            [os.path.join(BIN, "parley-swarm"), "--connect", ",".join(x.clients for x in nodes),
             "--service-token", os.path.join(nodes[0].data, "service.token"), "--json", result,
             *options],
            stdout=log, stderr=log)
    return process, result


def wait_for(fact, what):
    """What is true of it, once something is."""
    until = time.time() + PATIENCE
    while not (seen := fact()):
        if time.time() > until:
            sys.exit(f"waited too long for {what}")
        time.sleep(0.05)
    return seen
