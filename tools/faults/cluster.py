"""A cluster of real parleyds, each with a network and a disk of its own, and
what can go wrong with it. Needs root; everything it makes (network namespaces,
mounts, processes) is gone when the process that made it ends in order.

    hub namespace: bridge, clients          10.77.0.254
      |-- node 1: namespace, veth, tmpfs    10.77.0.1
      |-- node 2 ...
"""
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, "build", "bin")
DISK_MIB = 1024
RESERVE_MIB = 256  # As by default: half of it holds what is in memory, rows and log.


def sh(command, check=True):
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stdout.strip()}")
    return done.returncode == 0


def own_mounts():
    """Starts this program again with mounts of its own."""
    if os.environ.get("PARLEY_FAULTS_MOUNTS") != "private":
        os.environ["PARLEY_FAULTS_MOUNTS"] = "private"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "python3"]
                  + sys.argv)


def fake_clock():
    """Debian's libfaketime, or nothing."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else None


class Node:
    def __init__(self, cluster, number):
        self.cluster = cluster
        self.number = number
        self.name = f"{cluster.name}n{number}"
        self.address = f"10.77.0.{number}"
        self.dir = os.path.join(cluster.dir, f"node{number}")
        self.log = os.path.join(cluster.dir, f"node{number}.log")
        self.clock = os.path.join(cluster.dir, f"node{number}.clock")
        self.process = None
        self.stopped = False
        self.may_die = False

    def make(self):
        os.makedirs(self.dir)
        sh(f"mount -t tmpfs -o size={DISK_MIB}m tmpfs {self.dir}")
        self.set_clock(0)
        hub = self.cluster.hub
        sh(f"ip netns add {self.name}")
        sh(f"ip -n {hub} link add p{self.number} type veth peer name eth0 netns {self.name}")
        sh(f"ip -n {hub} link set p{self.number} master hub up")
        sh(f"ip -n {self.name} addr add {self.address}/24 dev eth0")
        sh(f"ip -n {self.name} link set eth0 up")
        sh(f"ip -n {self.name} link set lo up")
        self.nft("add table inet faults")
        self.nft("add chain inet faults heard '{ type filter hook input priority 0; }'")

    def nft(self, rule, check=True):
        return sh(f"ip netns exec {self.name} nft {rule}", check)

    def start(self):
        environment = dict(os.environ)
        if self.cluster.clocks:
            # Another malloc in front: jemalloc asks for the time before libfaketime can tell it.
            environment.update(LD_PRELOAD=f"{self.cluster.clocks}:libtcmalloc_minimal.so.4",
                               DONT_FAKE_MONOTONIC="1",
                               FAKETIME_TIMESTAMP_FILE=self.clock, FAKETIME_CACHE_DURATION="1")
        with open(self.log, "ab") as log:
            log.write(b"---- start\n")
            log.flush()
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, os.path.join(BIN, "parleyd"), "--data-dir",
                 os.path.join(self.dir, "data"), "--listen", f"{self.address}:7710",
                 "--allow-plaintext", "--disk-reserve", str(RESERVE_MIB), "--node",
                 str(self.number), "--nodes", self.cluster.nodes_flag(), "--cluster-key",
                 self.cluster.key, "--log-level", self.cluster.log_level], stdout=subprocess.DEVNULL, stderr=log, env=environment)
        self.stopped = self.may_die = False

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        self.stopped = True

    def go_on(self):
        if self.stopped and self.running():
            self.process.send_signal(signal.SIGCONT)
        self.stopped = False

    def be_deaf_to(self, other):
        """Nothing of `other` arrives here any more."""
        self.nft(f"add rule inet faults heard ip saddr {other.address} drop")

    def lose(self, percent):
        self.nft(f"add rule inet faults heard ip saddr 10.77.0.0/24 numgen random mod 100 "
                 f"'<' {percent} drop")

    def slow_down(self, mbit):
        sh(f"ip netns exec {self.name} tc qdisc replace dev eth0 root tbf rate {mbit}mbit "
           f"burst 32kbit latency 200ms")

    def delay(self, ms, percent):
        """As of tc-netem(8); False where the kernel has none."""
        return sh(f"ip netns exec {self.name} tc qdisc replace dev eth0 root netem "
                  f"delay {ms}ms {ms // 2}ms loss {percent}%", check=False)

    def heal_network(self):
        self.nft("flush chain inet faults heard")
        sh(f"ip netns exec {self.name} tc qdisc del dev eth0 root", check=False)

    def fill_disk(self, leave_mib):
        """Takes all room but so much, while the node writes on."""
        with open(os.path.join(self.dir, "ballast"), "wb") as ballast:
            taken = 0
            for _ in range(100):
                room = os.statvfs(self.dir)
                size = room.f_bavail * room.f_frsize - (leave_mib << 20)
                if size <= 0:
                    break
                try:
                    os.posix_fallocate(ballast.fileno(), taken, size)
                    taken += size
                except OSError:
                    pass  # The node took it first.

    def free_disk(self):
        ballast = os.path.join(self.dir, "ballast")
        if os.path.exists(ballast):
            os.unlink(ballast)

    def set_clock(self, seconds):
        with open(self.clock + ".new", "w") as out:
            out.write(f"{seconds:+d}\n")
        os.rename(self.clock + ".new", self.clock)

    def log_has(self, words):
        with open(self.log) as log:
            return words in log.read()


class Cluster:
    def __init__(self, size, clocks=None, log_level="info"):
        self.name = f"pf{os.getpid()}"
        self.hub = self.name + "hub"
        self.clocks = clocks
        self.dir = tempfile.mkdtemp(prefix="parley-faults-")
        self.log_level = log_level
        self.fills_disks = False
        self.key = os.path.join(self.dir, "key")
        with open(self.key, "w") as out:
            out.write("5" * 64 + "\n")
        self.nodes = [Node(self, i + 1) for i in range(size)]

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self):
        sh(f"ip netns add {self.hub}")
        sh(f"ip -n {self.hub} link add name hub type bridge")
        sh(f"ip -n {self.hub} addr add 10.77.0.254/24 dev hub")
        sh(f"ip -n {self.hub} link set hub up")
        sh(f"ip -n {self.hub} link set lo up")
        for node in self.nodes:
            node.make()
            node.start()

    def __exit__(self, *_):
        for node in self.nodes:
            node.go_on()
            node.kill()
            sh(f"ip netns del {node.name}", check=False)
            sh(f"umount -l {node.dir}", check=False)
        sh(f"ip netns del {self.hub}", check=False)

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def nodes_flag(self):
        return ",".join(f"{x.number}={x.address}:7713" for x in self.nodes)

    def swarm(self, result, *flags):
        """Starts clients; they have a token as soon as the first node has made it."""
        token = os.path.join(self.nodes[0].dir, "data", "service.token")
        until = time.time() + 20
        while not os.path.exists(token):
            if time.time() > until:
                raise RuntimeError("no service token")
            time.sleep(0.05)
        connect = ",".join(f"{x.address}:7710" for x in self.nodes)
        log = open(os.path.join(self.dir, "swarm.log"), "wb")
        return subprocess.Popen(
            ["ip", "netns", "exec", self.hub, os.path.join(BIN, "parley-swarm"), "--connect",
             connect, "--service-token", token, "--json", result, *flags], stdout=log, stderr=log)
