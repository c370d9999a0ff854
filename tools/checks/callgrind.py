"""Runs a program under callgrind and reads what it wrote."""
import collections
import functools
import re
import subprocess

COST = re.compile(r"[-+*\d]")
NAME = re.compile(r"(fn|cfn|ob|cob)=\((\d+)\)(?: (.*))?$")
CLONE = re.compile(r" \[clone [^\]]*\]")
OPERATORS = re.compile(r"operator(\(\)|<=>|<<|>>|<=|>=|->|<|>)")


class Profile:
    """What each function cost by itself, and what each call of it cost with all
    below: own[function], calls[caller, callee]. A function is what `name_of` makes
    of its name."""

    def __init__(self, path, name_of=lambda x: bare(x)):
        self.own = collections.Counter()
        self.calls = collections.Counter()
        names = {"fn": {}, "ob": {}}
        caller = callee = None
        is_call = False
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if known := NAME.match(line):
                    kind, number, text = known.groups()
                    names_of_kind = names[kind.removeprefix("c")]
                    if text:
                        names_of_kind[number] = name_of(text)
                    if kind == "fn":
                        caller = names_of_kind[number]
                    elif kind == "cfn":
                        callee = names_of_kind[number]
                elif line.startswith("calls="):
                    is_call = True
                elif caller and COST.match(line):
                    cost = int(line.split()[-1])
                    if is_call:
                        self.calls[caller, callee] += cost
                    else:
                        self.own[caller] += cost
                    is_call = False

    def total(self):
        return sum(self.own.values())

    def by_stage(self, stage_of):
        """Each function's own cost goes to the stage of the nearest caller that
        has one, itself included: stage_of(function) or None. Of a function that
        several stages call, each pays what its calls cost."""
        callers = collections.defaultdict(list)
        for (caller, callee), cost in self.calls.items():
            if caller != callee:
                callers[callee].append((caller, cost))
        shares = {}
        for function in set(self.own) | set(callers):
            if stage := stage_of(function):
                shares[function] = {stage: 1.0}
        open_ones = [x for x in set(self.own) | set(callers) if x not in shares]
        for _ in range(40):  # Until shares came down the longest way.
            for function in open_ones:
                mixed = collections.Counter()
                for caller, cost in callers[function]:
                    for stage, share in shares.get(caller, {}).items():
                        mixed[stage] += cost * share
                whole = sum(mixed.values())
                if whole:
                    shares[function] = {x: cost / whole for x, cost in mixed.items()}
        result = collections.Counter()
        for function, cost in self.own.items():
            for stage, share in shares.get(function, {None: 1.0}).items():
                result[stage] += cost * share
        return result


@functools.lru_cache(None)
def bare(name):
    """A function's name without types: `void a<b>::c(d) const` is `a::c`."""
    name = name.replace("(anonymous namespace)", "{}").split("'")[0]
    name = OPERATORS.sub("operator", CLONE.sub("", name))
    depth = 0
    kept = []
    for c in name:
        if c in "<(":
            depth += 1
        elif c in ">)":
            depth -= 1
        elif depth == 0:
            kept.append(c)
    words = "".join(kept).removesuffix(" const").split() or [name]
    return " ".join(words[-2:]) if words[-1] in ("new", "delete", "new[]", "delete[]") else words[-1]


def run(program, workload, out):
    """What `program workload` counts as done; its profile goes to `out`. Only its
    own thread is in it, between the marks that the program sets."""
    done = subprocess.run(
        ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
         f"--callgrind-out-file={out}", program, workload],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{workload}: {done.stderr.strip()}")
    return int(done.stdout)
