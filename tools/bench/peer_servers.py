"""Parley and its peers as servers on loopback: started with data of their own,
pinned, killed, started again and ended, each by its process id.

What `acknowledged` says is what an acknowledgement of that server means with these
settings: a rate without it says nothing.
"""
import getpass
import glob
import os
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time

from nodes import BIN, UNBOUNDED, free_port

CONF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "conf")
PATIENCE = 120  # Seconds to start in.
GRACE = 20  # Seconds to end in.
DOMAIN = "localhost"
PASSWORD = "p"


class CannotStart(Exception):
    pass


class Server:
    """One run of one server. Subclasses say how it is started."""

    name = ""
    package = None
    protocol = ""
    mode = ""
    rooms = True
    keeps = True  # Messages for users who are away.
    survives_power_cut = False
    acknowledged = ""

    def __init__(self, scratch, users, core=None):
        self.scratch = scratch
        self.users = users
        self.core = core
        self.directory = tempfile.mkdtemp(prefix=self.name + "-", dir=scratch)
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.said_before = 0
        self.port = free_port()
        self.process = None
        os.mkdir(self.data)

    # -- what subclasses say ----------------------------------------------------

    def prepare(self):
        """Before the first start: settings and accounts."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def options(self):
        """Of the generator, besides protocol and address."""
        return []

    def pids(self):
        return [self.process.pid]

    # -- life -------------------------------------------------------------------

    def start(self):
        if self.process is None:
            self.prepare()
        command = self.command()
        if self.core is not None:
            command = ["taskset", "-c", str(self.core), *command]
        with open(self.log, "ab") as log:
            self.said_before = log.tell()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.directory,
                                            start_new_session=True,
                                            env={**os.environ, **self.environment()})
        until = time.time() + PATIENCE
        while not self.is_up():
            if time.time() > until or self.ended():
                raise CannotStart(f"{self.name} does not start: {self.last_words()}")
            time.sleep(0.05)

    def is_up(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        """By the process that was started last."""
        with open(self.log, errors="replace") as file:
            file.seek(self.said_before)
            return file.read()

    def last_words(self):
        return self.said()[-300:]

    def ended(self):
        """Its number stays its own until `wait`, so that no other process is hit."""
        return os.waitid(os.P_PID, self.process.pid,
                         os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self):
        """SIGKILL: what the process had in memory is gone, not what the kernel has."""
        for x in self.pids():
            os.kill(x, signal.SIGKILL)
        self.end_helpers()

    def end(self):
        if self.process is not None and self.process.returncode is None:
            self.end_kindly()
            self.end_helpers()
        shutil.rmtree(self.directory, ignore_errors=True)

    def end_kindly(self):
        until = time.time() + GRACE
        if not self.ended():
            for x in self.pids():
                os.kill(x, signal.SIGTERM)
        while not self.ended() and time.time() < until:
            time.sleep(0.05)

    def end_helpers(self):
        """And itself, if it is still there."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def arguments(self):
        """Of the generator."""
        result = ["--protocol", self.protocol, "--connect", f"127.0.0.1:{self.port}", "--pid",
                  ",".join(map(str, self.pids())), "--data-dir", self.data, *self.options()]
        return result + (["--mode", self.mode] if self.mode else [])

    def fill_in(self, template, target=None, **more):
        """A file of settings from conf/, with this run's places."""
        with open(os.path.join(CONF, template)) as file:
            text = string.Template(file.read()).substitute(
                directory=self.directory, data=self.data, port=self.port,
                user=getpass.getuser(), **more)
        path = os.path.join(self.directory, target or template)
        with open(path, "w") as file:
            file.write(text)
        return path


class Parley(Server):
    name = "parley"
    protocol = "parley"
    survives_power_cut = True
    acknowledged = "synced to disk before the answer (group commit)"
    flags = ()

    def command(self):
        return [os.path.join(BIN, "parleyd"), "--data-dir", self.data, "--listen",
                f"127.0.0.1:{self.port}", "--admin-listen", "none", "--log-level", "warn",
                *UNBOUNDED, *self.flags]

    def is_up(self):
        """The port is there before the certificate."""
        return "listens for clients" in self.said()

    def options(self):
        return ["--service-token", os.path.join(self.data, "service.token")]


class ParleyTls(Parley):
    name = "parley-tls"
    acknowledged = "as parley; TLS 1.3 with clients"
    flags = ("--tls-self-signed",)

    def options(self):
        return super().options() + ["--tls-ca", os.path.join(self.data, "tls.cert")]


class Mosquitto(Server):
    name = "mosquitto"
    package = "mosquitto"
    protocol = "mqtt"
    acknowledged = "in memory; a file every 30 minutes and at the end"

    def prepare(self):
        accounts = os.path.join(self.directory, "accounts")
        with open(accounts, "w") as file:
            file.writelines(f"u{i}:{PASSWORD}\n" for i in range(self.users))
        os.chmod(accounts, 0o600)
        subprocess.run(["mosquitto_passwd", "-U", accounts], check=True)
        self.fill_in("mosquitto.conf")

    def command(self):
        return ["mosquitto", "-c", os.path.join(self.directory, "mosquitto.conf")]


class Nats(Server):
    package = "nats-server"
    protocol = "nats"

    def prepare(self):
        self.fill_in("nats.conf")

    def command(self):
        return ["nats-server", "-c", os.path.join(self.directory, "nats.conf")]

    def options(self):
        return ["--user", "peer"]


class NatsCore(Nats):
    name = "nats-core"
    mode = "core"
    keeps = False
    acknowledged = "nothing: there is no acknowledgement"


class NatsJs(Nats):
    name = "nats-js"
    mode = "js"
    keeps = False
    acknowledged = "written, not synced (every 2 minutes); recipients without a mailbox"


class NatsJsDurable(Nats):
    name = "nats-jsdur"
    mode = "jsdur"
    acknowledged = "written, not synced (every 2 minutes); a durable consumer for each user"


class Synchronous:
    """Every write to the data is synchronous: `chattr +S`, where the file system can."""

    survives_power_cut = True

    def prepare(self):
        done = subprocess.run(["chattr", "+S", self.data], stderr=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise CannotStart(f"{self.name} needs a file system and the right for chattr +S")
        super().prepare()


class NatsJsSync(Synchronous, NatsJs):
    name = "nats-js-sync"
    acknowledged = "every write synchronous; recipients without a mailbox"


class NatsJsDurableSync(Synchronous, NatsJsDurable):
    name = "nats-jsdur-sync"
    acknowledged = "every write synchronous; a durable consumer for each user"


class Ejabberd(Server):
    name = "ejabberd"
    package = "ejabberd"
    protocol = "xmpp"
    acknowledged = "routed; for users who are away in Mnesia, not synced"
    more_modules = ""

    def prepare(self):
        self.fill_in("ejabberd.yml", more_modules=self.more_modules)
        shutil.copy(os.path.join(CONF, "inetrc"), self.directory)
        accounts = os.path.join(self.scratch, f"{self.name}-accounts-{self.users}")
        if not os.path.isdir(accounts):
            self.register_all()
            shutil.copytree(self.data, accounts)
            return
        shutil.rmtree(self.data)
        shutil.copytree(accounts, self.data)

    def register_all(self):
        made = (f'[ok = ejabberd_auth:try_register(<<"u", (integer_to_binary(I))/binary>>, '
                f'<<"{DOMAIN}">>, <<"{PASSWORD}">>) || I <- lists:seq(0, {self.users - 1})], '
                'mnesia:sync_log(), init:stop().')
        with open(self.log, "ab") as log:
            subprocess.run([*self.command(), "-eval", made], check=True, stdin=subprocess.DEVNULL,
                           stdout=log, stderr=log, cwd=self.directory, timeout=PATIENCE,
                           env={**os.environ, **self.environment()})

    def command(self):
        """What ejabberdctl runs, but for the other user and the node's name."""
        return ["erl", "-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir",
                f'"{self.data}"', "-s", "ejabberd"]

    def environment(self):
        ebin = next(x for x in files_of(self.package) if x.endswith("/ebin"))
        return {"EJABBERD_CONFIG_PATH": os.path.join(self.directory, "ejabberd.yml"),
                "EJABBERD_LOG_PATH": os.path.join(self.directory, "ejabberd.log"),
                "ERL_LIBS": os.path.dirname(os.path.dirname(ebin)),
                "ERL_INETRC": os.path.join(self.directory, "inetrc"),
                "ERL_CRASH_DUMP_BYTES": "0", "ERL_MAX_PORTS": "32000",
                "HOME": self.directory}


class EjabberdMam(Ejabberd):
    name = "ejabberd-mam"
    acknowledged = "routed and archived in Mnesia, not synced"
    more_modules = "  mod_mam:\n    default: always\n    db_type: mnesia\n"


class Prosody(Server):
    name = "prosody"
    package = "prosody"
    protocol = "xmpp"
    acknowledged = "routed; for users who are away written to a file, not synced"

    def prepare(self):
        self.fill_in("prosody.cfg.lua")
        accounts = os.path.join(self.data, DOMAIN, "accounts")
        os.makedirs(accounts)
        for i in range(self.users):
            with open(os.path.join(accounts, f"u{i}.dat"), "w") as file:
                file.write(f'return {{\n\t["password"] = "{PASSWORD}";\n}};\n')

    def command(self):
        return ["prosody", "--config", os.path.join(self.directory, "prosody.cfg.lua"), "-F"]


class Rabbit(Server):
    name = "rabbit"
    package = "rabbitmq-server"
    protocol = "mqtt"
    acknowledged = "routed to durable queues; not known to be synced"

    def __init__(self, *args):
        super().__init__(*args)
        self.names_port = free_port()
        self.names = None  # Erlang's own directory of names.

    def prepare(self):
        self.fill_in("rabbitmq.conf")
        self.fill_in("rabbitmq_plugins")
        with open(os.path.join(self.directory, "env.conf"), "w") as file:
            file.write('SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"\n')
        self.names = subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port",
                                       str(self.names_port)], stdin=subprocess.DEVNULL)

    def command(self):
        return glob.glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server")[-1:]

    def environment(self):
        at = self.directory
        return {"RABBITMQ_NODENAME": f"peer{self.port}@localhost",
                "RABBITMQ_MNESIA_BASE": self.data, "RABBITMQ_LOG_BASE": os.path.join(at, "logs"),
                "RABBITMQ_CONFIG_FILE": os.path.join(at, "rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(at, "rabbitmq_plugins"),
                "RABBITMQ_CONF_ENV_FILE": os.path.join(at, "env.conf"),
                "RABBITMQ_PID_FILE": os.path.join(at, "pid"),
                "ERL_EPMD_PORT": str(self.names_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
                "HOME": at}

    def start(self):
        pid = os.path.join(self.directory, "pid")
        if os.path.exists(pid):
            os.remove(pid)
        super().start()

    def is_up(self):
        """It listens before it lets anybody in."""
        return "completed with" in self.said()

    def pids(self):
        """That of the script's child, which is the server."""
        path = os.path.join(self.directory, "pid")
        if not os.path.exists(path):
            return super().pids()
        with open(path) as file:
            return [int(file.read())]

    def options(self):
        return ["--user", "guest", "--password", "guest"]

    def end(self):
        super().end()
        if self.names:
            self.names.kill()
            self.names.wait()


class Redis(Server):
    name = "redis"
    package = "redis-server"
    protocol = "redis"
    rooms = False
    acknowledged = "written to the log within a second, then synced"
    sync = "everysec"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--requirepass",
                PASSWORD, "--dir", self.data, "--appendonly", "yes", "--appendfsync", self.sync,
                "--save", "", "--maxclients", "19900", "--tcp-backlog", "1024"]

    def is_up(self):
        """It listens before it has read its log."""
        return "Ready to accept connections" in self.said()


class RedisAlways(Redis):
    name = "redis-always"
    survives_power_cut = True
    acknowledged = "synced to disk before the answer (group commit)"
    sync = "always"


ALL = {x.name: x for x in (
    Parley, ParleyTls, Mosquitto, NatsCore, NatsJs, NatsJsDurable, NatsJsSync, NatsJsDurableSync,
    Ejabberd, EjabberdMam, Prosody, Rabbit, Redis, RedisAlways)}


def files_of(package):
    return subprocess.run(["dpkg-query", "-L", package], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()


def packages_of(names):
    return sorted({ALL[x].package for x in names if ALL[x].package})
