"""Debian packages, installed so that no service starts by itself."""
import os
import shutil
import subprocess
import sys
import tempfile

POLICY = "/usr/sbin/policy-rc.d"  # Asked by each package whether its service may start.
REFUSE = "#!/bin/sh\nexit 101\n"


def installed(package):
    answer = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            check=False)
    return answer.stdout == "installed"


def as_root(*command, **more):
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            sys.exit("missing packages; as root: " + " ".join(command))
        command = ("sudo", *command)
    subprocess.run(command, check=True, **more)


class NoServices:
    """While it is open, packages start nothing; what was there before is restored."""

    def __enter__(self):
        self.saved = tempfile.mkdtemp(prefix="parley-policy-")
        if os.path.exists(POLICY):
            as_root("cp", "-a", POLICY, self.saved)
        script = os.path.join(self.saved, "refuse")
        with open(script, "w") as file:
            file.write(REFUSE)
        as_root("install", "-m", "755", script, POLICY)

    def __exit__(self, *_):
        kept = os.path.join(self.saved, os.path.basename(POLICY))
        if os.path.exists(kept):
            as_root("cp", "-a", kept, POLICY)
        else:
            as_root("rm", "-f", POLICY)
        as_root("rm", "-rf", self.saved)


def disable(services):
    """Nor do they start with the machine."""
    if os.path.isdir("/run/systemd/system"):
        for x in services:
            as_root("systemctl", "disable", "--quiet", x)


def install(packages, services=()):
    """Those that are missing; `services` come with them and shall not run."""
    missing = [x for x in packages if not installed(x)]
    if not missing:
        return
    print("Installing:", " ".join(missing), file=sys.stderr)
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    with NoServices():
        as_root(*apt, "update", "-qq", stdout=sys.stderr)
        as_root(*apt, "install", "-qq", "-y", "--no-install-recommends", *missing,
                stdout=sys.stderr)
    disable(x for x in services if x in missing)
