#!/usr/bin/env python3
"""One login dumps --messages messages; another sends one each second. How long from its 250 to the arrival? Run by ../fairness.sh."""
import argparse, json, os, smtplib, ssl, statistics, subprocess, sys, threading, time, urllib.request

ENV = os.environ
a = argparse.ArgumentParser()
a.add_argument("--messages", type=int, default=50000); a.add_argument("--sessions", type=int, default=20)
a.add_argument("--delay", type=int, default=20, help="ms that the destination takes for each message: it is slower than we accept, so a queue grows")
args = a.parse_args()
NS, STATE = ENV["BENCH_NS"], ENV["BENCH_STATE"]
in_ns = lambda *cmd, **kw: subprocess.Popen(["ip", "netns", "exec", NS, *cmd], text=True, **kw)
server = f"{ENV['SMTP_ADDR']}:{ENV['SUBMISSION_PORT']}"
status_file = f"{STATE}/sink.json"

PROBE = """
import smtplib, ssl, sys, time
host, port, user, password = sys.argv[1:5]
c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
s = smtplib.SMTP_SSL(host, int(port), context=c); s.login(user, password)
n = 0
while True:
    started = time.time()
    r = f"probe-{n}@second.test"
    s.sendmail(user, [r], f"From: {user}\\r\\nTo: {r}\\r\\nSubject: probe {n}\\r\\n\\r\\nHello\\r\\n")
    print(f"{r} {time.time():.4f}", flush=True); n += 1
    time.sleep(max(0, 1 - (time.time() - started)))
"""

sink = in_ns(ENV["LOADGEN"], "sink", "--listen", f"{ENV['SINK_ADDR']}:{ENV['SINK_PORT']}", "--delay", str(args.delay), "--status", status_file, stdout=subprocess.DEVNULL)
probe = in_ns("/usr/bin/python3", "-c", PROBE, *server.split(":"), f"second@{ENV['DKIM_DOMAIN']}", ENV["AUTH_PASS"], stdout=subprocess.PIPE)
accepted = {}
threading.Thread(target=lambda: [accepted.__setitem__(*(lambda f: (f[0], float(f[1])))(l.split())) for l in probe.stdout], daemon=True).start()
try:
    time.sleep(3)
    start = time.time()
    dump = in_ns(ENV["LOADGEN"], "gen", "--messages", str(args.messages), "--size", "1024", "--connections", str(args.sessions), "--per-connection", "0", "--timeout", "800",
                 "--server", server, "--tls", "implicit", "--auth", f"{ENV['AUTH_USER']}@{ENV['DKIM_DOMAIN']}:{ENV['AUTH_PASS']}", stdout=subprocess.PIPE)
    g = json.loads(dump.communicate()[0])
    taken = time.time() - start
    read = lambda: json.load(open(status_file))
    delivered_at_end = sum(d["messages"] for n, d in read()["domains"].items() if n != "second.test")
    while sum(d["messages"] for n, d in read()["domains"].items() if n != "second.test") < g["accepted"] and time.time() - start < 800:
        time.sleep(0.5)
    drained = time.time() - start
    probe.terminate(); time.sleep(4)
    arrived = read()["probes"]
    waits = sorted(arrived[r] - at for r, at in accepted.items() if r in arrived)
    missing = [r for r in accepted if r not in arrived]
    at = lambda q: round(waits[min(len(waits) - 1, int(q * len(waits)))], 3)
    print(json.dumps({"dumped": g["accepted"], "accept_s": round(taken, 1), "still_queued_then": g["accepted"] - delivered_at_end, "drained_s": round(drained, 1), "probes": len(waits),
                      "missing": len(missing), "from_250_to_delivery_s": {"p50": at(.5), "p90": at(.9), "p99": at(.99), "max": round(waits[-1], 3)}}))
finally:
    for p in (probe, sink):
        p.terminate()
