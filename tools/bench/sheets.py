"""Tables in Markdown and HTML, plots as SVG, slopes: what reports are made of."""
import html
import io
import math
import statistics


def value_at(row, path):
    """What stands at "a.b" in a row; None if nothing does."""
    for x in path.split("."):
        row = row.get(x) if isinstance(row, dict) else None
    return row


def in_words(x):
    """A number with some three digits."""
    if x is None:
        return "-"
    if abs(x) >= 100 or x == int(x):
        return f"{x:,.0f}"
    return f"{x:.1f}" if abs(x) >= 10 else f"{x:.2g}"


def median_of(rows, path, factor=1.0):
    found = [value_at(x, path) for x in rows]
    found = [x * factor for x in found if x is not None]
    return statistics.median(found) if found else None


def cell(rows, path, factor=1.0):
    """median [min..max] of several runs."""
    found = [value_at(x, path) for x in rows]
    found = [x * factor for x in found if x is not None]
    if not found:
        return "-"
    if len(found) == 1:
        return in_words(found[0])
    return f"{in_words(statistics.median(found))} [{in_words(min(found))}..{in_words(max(found))}]"


def slope(points):
    """Of the straight line through (x, y) on logarithmic scales, by least squares:
    1 is linear growth. None for fewer than two different x."""
    points = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y and y > 0]
    if len({x for x, _ in points}) < 2:
        return None
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def steepest(points):
    """The largest slope between neighbours; it hides nothing behind what is cheap at
    first, and shows noise as it is."""
    found = [slope(pair) for pair in zip(points, points[1:])]
    return max((x for x in found if x is not None), default=None)


class Sheet:
    """A report that grows part by part and comes out as Markdown and as HTML."""

    def __init__(self, title):
        self.markdown = [f"# {title}\n"]
        self.page = [f"<h1>{html.escape(title)}</h1>"]
        self.title = title

    def heading(self, words):
        self.markdown.append(f"## {words}\n")
        self.page.append(f"<h2>{html.escape(words)}</h2>")

    def text(self, words):
        self.markdown.append(words + "\n")
        self.page.append(f"<p>{html.escape(words)}</p>")

    def table(self, head, rows):
        self.markdown.append("\n".join(["| " + " | ".join(x) + " |"
                                        for x in [head, ["---"] * len(head), *rows]]) + "\n")
        self.page.append("<table>" + row_of("th", head)
                         + "".join(row_of("td", x) for x in rows) + "</table>")

    def plot(self, svg):
        """Only on the page."""
        self.page.append(f"<figure>{svg}</figure>")

    def write(self, path):
        with open(path + ".md", "w") as file:
            file.write("\n".join(self.markdown))
        with open(path + ".html", "w") as file:
            file.write(f"<!doctype html><meta charset=utf-8><title>{html.escape(self.title)}"
                       f"</title><style>{STYLE}</style>" + "\n".join(self.page))


STYLE = ("body{font:15px/1.4 sans-serif;max-width:72em;margin:2em auto;padding:0 1em}"
         "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .6em;"
         "border-bottom:1px solid #ccc;text-align:right}td:first-child,th:first-child,"
         "td:last-child{text-align:left}figure{margin:1em 0;overflow-x:auto}")


def row_of(tag, cells):
    return "<tr>" + "".join(f"<{tag}>{html.escape(x)}</{tag}>" for x in cells) + "</tr>"


# -- plots --------------------------------------------------------------------------


def figure(width, height):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # Letters, not their outlines.
    from matplotlib import pyplot
    return pyplot.subplots(figsize=(width, height), layout="constrained")


def svg_of(drawing):
    from matplotlib import pyplot
    out = io.StringIO()
    drawing.savefig(out, format="svg")
    pyplot.close(drawing)
    text = out.getvalue()
    return text[text.index("<svg"):]


def bars(title, unit, rows):
    """Of (name, median, min, max), on a logarithmic scale."""
    rows = [x for x in rows if x[1]]
    if not rows:
        return ""
    drawing, axes = figure(9, 0.6 + 0.3 * len(rows))
    names, medians, low, high = zip(*reversed(rows))
    ends = [[m - x for m, x in zip(medians, low)], [x - m for m, x in zip(medians, high)]]
    colours = ["tab:orange" if x.startswith("parley") else "tab:blue" for x in names]
    axes.barh(names, medians, xerr=ends, color=colours, ecolor="black")
    axes.set_xscale("log")
    axes.set_xlim(left=min(low) / 3)
    axes.set_xlabel(unit)
    axes.set_title(title)
    return svg_of(drawing)


def curve(title, x_unit, y_unit, series):
    """Of {name: [(x, y)]}, both scales logarithmic, with the fitted slopes."""
    drawing, axes = figure(7, 4)
    for name, points in series.items():
        points = sorted((x, y) for x, y in points if y)
        if not points:
            continue
        fitted = slope(points)
        words = "" if fitted is None else f" (slope {fitted:.2f})"
        axes.plot(*zip(*points), "o-", label=name + words)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(x_unit)
    axes.set_ylabel(y_unit)
    axes.set_title(title)
    axes.legend()
    axes.grid(True, which="both", alpha=0.3)
    return svg_of(drawing)
