#!/usr/bin/env python3
"""Draws a flame graph of what `perf script` printed: tools/bench/flame.py < text > x.svg

    perf record -F 499 --call-graph dwarf,16384 -p PID -o perf.data -- sleep 14
    perf script --no-inline -i perf.data | tools/bench/flame.py > docs/flame-node.svg

Each box is a function, as wide as its share of the samples; below it who called it.
Boxes under two thousandths of the whole are left out. The bottom row is threads.
"""
import hashlib
import html
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "checks"))
from callgrind import bare  # noqa: E402

WIDTH = 1600
ROW = 15
LETTER = 6.2  # Pixels, of 10 px Verdana.
SMALLEST = 0.002
DEEPEST = 48
FRAME = re.compile(r"\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)$")


class Box:
    def __init__(self):
        self.samples = 0
        self.above = {}

    def add(self, frames):
        self.samples += 1
        if frames:
            self.above.setdefault(frames[0], Box()).add(frames[1:])


def stacks(text):
    """Of each sample its thread and its functions, callers first."""
    for sample in text.split("\n\n"):
        lines = sample.strip("\n").split("\n")
        if not lines[0].strip():
            continue
        frames = [named(*known.groups()) for x in lines[1:] if (known := FRAME.match(x))]
        thread = re.match(r"\s*(.+?)\s+\d+(?:/\d+)?\s", lines[0])
        yield [thread.group(1) if thread else "?"] + without_repeats(reversed(frames))[:DEEPEST]


def named(function, where):
    return f"[{pathlib.Path(where).name}]" if function == "[unknown]" else bare(function)


def without_repeats(frames):
    """Wrappers of templates have one name."""
    result = []
    for x in frames:
        if not result or result[-1] != x:
            result.append(x)
    return result


def color(name):
    shade = hashlib.md5(name.encode()).digest()[0] % 40
    if name.startswith("parley"):
        return f"rgb({215 + shade},{90 + shade},60)"
    if name.startswith("caf"):
        return f"rgb({220 + shade // 2},{180 + shade},70)"
    if name.startswith("rocksdb"):
        return f"rgb({90 + shade},{150 + shade},200)"
    return f"rgb({180 + shade},{180 + shade},{175 + shade})"


def draw(box, name, left, depth, whole, out):
    width = box.samples / whole * WIDTH
    if box.samples < SMALLEST * whole:
        return depth
    share = f"{box.samples / whole:.1%}"
    text = name if len(name) * LETTER < width - 4 else name[:max(int(width / LETTER) - 2, 0)]
    label = f'<text x="{left + 2:.1f}" y="11">{html.escape(text)}</text>' if len(text) > 2 else ""
    out.append((depth, f'<title>{html.escape(name)} {share}</title><rect x="{left:.1f}" '
                       f'width="{width:.1f}" height="14" fill="{color(name)}"/>{label}'))
    deepest = depth
    for above, x in sorted(box.above.items(), key=lambda y: -y[1].samples):
        deepest = max(deepest, draw(x, above, left, depth + 1, whole, out))
        left += x.samples / whole * WIDTH
    return deepest


def main():
    root = Box()
    for frames in stacks(sys.stdin.read()):
        root.add(frames)
    boxes = []
    height = (draw(root, "all", 0, 0, root.samples, boxes) + 1) * ROW
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
          f'font-family="Verdana, sans-serif" font-size="10">')
    for depth, text in boxes:
        print(f'<g transform="translate(0,{height - (depth + 1) * ROW})">{text}</g>')
    print("</svg>")


if __name__ == "__main__":
    main()
