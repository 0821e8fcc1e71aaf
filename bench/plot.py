#!/usr/bin/env python3
"""results/runs.jsonl (and million.json) as one SVG: plot.py [--date YYYY-MM-DD] > ../docs/benchmarks.svg
For each workload that both ran: Ptt and Postfix, delivered messages a second and CPU-seconds for a thousand, medians. No library needed."""
import html, json, os, statistics, sys

here = os.path.dirname(os.path.abspath(__file__))
folder = os.environ.get("BENCH_RESULTS", os.path.join(here, "results"))
rows = [json.loads(line) for line in open(os.path.join(folder, "runs.jsonl"))]
if "--date" in sys.argv:
    rows = [r for r in rows if r["date"] == sys.argv[sys.argv.index("--date") + 1]]
runs = {}
for r in rows:
    if "delivered_per_s" in r and r["peer"] in ("ptt", "postfix") and not r["label"]:
        runs.setdefault(r["workload"], {}).setdefault(r["peer"], []).append(r)
both = {w: p for w, p in sorted(runs.items()) if {"ptt", "postfix"} <= p.keys()}
median = lambda of, key: statistics.median(r[key] for r in of)

W, LEFT, BAR, GAP = 860, 150, 16, 18
out, y = [], 34
text = lambda x, y, s, size=13, weight="normal", anchor="start": out.append(
    f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">{html.escape(s)}</text>')


def panel(title, key, unit, better):
    global y
    text(12, y, title, 15, "bold"); text(W - 12, y, better, 12, anchor="end")
    y += 14
    for workload, peers in both.items():
        values = {p: median(peers[p], key) for p in ("ptt", "postfix")}
        most = max(values.values())
        text(12, y + BAR + 3, workload)
        for peer, colour in (("ptt", "#1a6fb0"), ("postfix", "#b0b7bf")):
            width = max(2, values[peer] / most * (W - LEFT - 190))
            out.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            text(LEFT - 8, y + 11, "Ptt" if peer == "ptt" else "Postfix", 11, anchor="end")
            text(LEFT + width + 6, y + 11, f"{values[peer]:,.0f} {unit}" if values[peer] >= 20 else f"{values[peer]:.2f} {unit}", 12)
            y += BAR
        text(W - 12, y - 6, f"× {values['ptt'] / values['postfix']:.2f}", 13, "bold", "end")
        y += GAP
    y += 20


panel("Delivered messages a second", "delivered_per_s", "/s", "more is better")
panel("CPU-seconds for a thousand messages", "cpu_s_per_1000", "s", "less is better")
million = os.path.join(folder, "million.json")
if os.path.exists(million):
    m = json.load(open(million))
    text(12, y, f"With {m['messages']:,} messages queued", 15, "bold"); y += 22
    accepts = lambda key: statistics.median(r["per_s"] for r in m[key])
    for line in (f"accepts {accepts('accept_full'):,.0f}/s, empty {accepts('accept_empty'):,.0f}/s (× {m['accept_ratio']:.2f})",
                 f"restart {max(m['restart_s']):.1f} s at most, memory {max(m['pss_mib'], m['pss_mib_after_restart']):,} MiB",
                 *([f"slowest first rows of {len(m['first_rows'])} lists: {m['slowest_ms']} ms"] if "first_rows" in m else [])):
        text(24, y, line); y += 20
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{W}" height="{y}" viewBox="0 0 {W} {y}" font-family="sans-serif" role="img" aria-label="Ptt and Postfix compared">'
      f'<rect width="{W}" height="{y}" fill="#fff"/><g fill="#1c2430">' + "".join(out) + "</g></svg>")
