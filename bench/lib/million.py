#!/usr/bin/env python3
"""A long queue: restart, memory, accept rate beside it, first rows of every list, bulk orders over a kill. Run by ../million.sh."""
import argparse, json, os, signal, statistics, subprocess, sys, time, urllib.parse

ENV = os.environ
HOME, STATE, NS, CG = ENV["BENCH_HOME"], ENV["BENCH_STATE"], ENV["BENCH_NS"], ENV["CG"]
a = argparse.ArgumentParser()
a.add_argument("--messages", type=int, default=1_000_000); a.add_argument("--days", type=float, default=30); a.add_argument("--repeat", type=int, default=4)
a.add_argument("--accept", type=int, default=10_000, help="messages of one accept run")
a.add_argument("--brief", action="store_true", help="restart, memory and accepting only")
args = a.parse_args()
DATA = f"{STATE}/ptt/data"
API = f"http://127.0.0.1:{ENV.get('HTTP_PORT', '8099')}/api/v1"
TOKEN = "ptt_bench_" + "7".zfill(32)
result = {"messages": args.messages}


def peer(script, **env):
    r = subprocess.run([f"{HOME}/peers/ptt/{script}"], env={**ENV, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    if r.returncode:
        raise SystemExit(f"{script}: {r.stdout[-2000:]}")


def pids():
    return open(f"{CG}/cgroup.procs").read().split()


def pss():
    return sum(int(l.split()[1]) for p in pids() for l in open(f"/proc/{p}/smaps_rollup") if l.startswith("Pss:")) // 1024


def api(path, body=None):
    """(seconds to the whole answer, the answer)"""
    cmd = ["ip", "netns", "exec", NS, "curl", "-s", "-w", "\n%{time_total}", "-H", f"Authorization: Bearer {TOKEN}"]
    if body is not None:
        cmd += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    text, seconds = subprocess.run(cmd + [API + path], capture_output=True, text=True, timeout=60).stdout.rsplit("\n", 1)
    return float(seconds), json.loads(text) if text else None


def restart(kill):
    if kill:
        for p in pids():
            os.kill(int(p), signal.SIGKILL)
        time.sleep(1)
    t = time.time()
    if not kill:
        peer("stop")
        result.setdefault("stop_s", []).append(round(time.time() - t, 2))
    t = time.time()
    peer("start", KEEP="1")
    return round(time.time() - t, 2)


def speed():
    """RSA-2048 signatures/s of one core right now: a virtual machine is not as fast at every moment."""
    out = subprocess.run(["openssl", "speed", "-seconds", "1", "rsa2048"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return float(out.strip().splitlines()[-1].split()[-2])


def accept():
    """messages/s that are accepted for a destination that answers nobody, and what the machine can do at that moment"""
    before = speed()
    out = subprocess.run(["ip", "netns", "exec", NS, ENV["LOADGEN"], "gen", "--messages", str(args.accept), "--size", "1024", "--connections", "20", "--per-connection", "0",
                          "--timeout", "300", "--server", f"{ENV['SMTP_ADDR']}:{ENV['SMTP_PORT']}"], capture_output=True, text=True, timeout=320).stdout
    return {"per_s": round(json.loads(out)["accepted_per_s"]), "signatures_per_s": round((before + speed()) / 2)}


def due_first():
    """seconds until the peer is quiet: what is due is tried, and what is too old returned with a signed report, which is work that an empty queue has none of"""
    def used():
        return int(open(f"{CG}/cpuacct.usage").read()) / 1e9
    t = time.time()
    while time.time() - t < 300:
        before = used()
        time.sleep(3)
        if used() - before < 0.6:
            break
    return round(time.time() - t)


def wait(job, until=lambda j: j["endedAt"] is not None):
    while True:
        _, j = api(f"/queue/jobs/{job}")
        if until(j):
            return j
        time.sleep(0.2)


def queue_to(aside):
    """moves the queue and its trace out of the data directory, or back into it"""
    os.makedirs(aside, exist_ok=True)
    away = os.path.exists(f"{DATA}/spool.db")
    for f in QUEUE:
        source, target = (DATA, aside) if away else (aside, DATA)
        if os.path.exists(f"{source}/{f}"):
            os.rename(f"{source}/{f}", f"{target}/{f}")


def remove_queue():
    subprocess.run(["rm", "-rf", *[f"{DATA}/{f}" for f in QUEUE]], check=True)


QUEUE = ("spool.db", "spool.db-wal", "spool.db-shm", "spool.db.lock", "spool.db.reserve", "spool.bodies", "trace")
peer("start")
peer("stop")
remove_queue()
t = time.time()
subprocess.run(["dotnet", f"{STATE}/ptt-bench/Ptt.Bench.dll", "fill", DATA, str(args.messages), str(args.days)], check=True)
result["fill_s"] = round(time.time() - t)
result["spool_mib"] = os.path.getsize(f"{DATA}/spool.db") >> 20

result["restart_s"] = [restart(kill=False), restart(kill=True), restart(kill=False)]
time.sleep(10)
result["pss_mib_after_restart"] = pss()
result["due_first_s"] = due_first()
# In turn with an empty queue, pair by pair: a virtual machine is not as fast in one minute as in the next.
result["accept_empty"], result["accept_full"] = [], []
for _ in range(args.repeat):
    peer("stop")
    queue_to(f"{STATE}/ptt/full")
    peer("start", KEEP="1")
    accept()                                                   # warm
    result["accept_empty"].append(accept())
    peer("stop")
    remove_queue()
    queue_to(f"{STATE}/ptt/full")
    peer("start", KEEP="1")
    due_first()
    accept()
    result["accept_full"].append(accept())
pairs = list(zip(result["accept_full"], result["accept_empty"]))
result["accept_ratios"] = [round(f["per_s"] / e["per_s"], 2) for f, e in pairs]
result["accept_ratio"] = round(statistics.median(f["per_s"] / e["per_s"] for f, e in pairs), 2)
result["pss_mib"] = pss()


def end():
    peer("stop")
    print(json.dumps(result, indent=1))
    with open(os.path.join(ENV.get("BENCH_RESULTS", f"{HOME}/results"), "million.json"), "w") as f:
        json.dump(result, f, indent=1)
    sys.exit()


if args.brief:
    end()
for path in ("/queue", "/messages", "/queue/counts", "/queue/destinations"):
    api(path)                                                  # what the first request of a process compiles is not what is asked here
time.sleep(10)                                                 # and the first count of the queue is done
rows = {}
soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5 * 86400))
queue = ["", "text=letter", "text=nowhere", "sender=u77@example.test", "login=u77@", "recipient=r500000@", "recipient=nobody@", "destination=d5.test", "destination=none.test", "subject=Letter number 1234",
         "messageId=777777@", "reply=greylisted", "reply=nothing", "state=active", "state=waiting", "state=deferred", "state=held", "minSize=100000", f"since={soon}", f"until={soon}",
         "sender=u77@&state=held", "destination=d5.test&reply=mailbox"]
trace = ["", "address=r500000@d513.test", "address=d5.test", "address=u77@example.test", "address=nobody@example.test", "messageId=777777@example.test", "text=letter", "text=nowhere", "state=queued",
         "state=delivered", f"since={soon}", f"until={soon}", "address=d5.test&text=nowhere", f"until={soon}&text=Letter number 1"]
for path, queries in (("/queue", queue), ("/messages", trace)):
    for q in queries:
        q = urllib.parse.quote(q, safe="=&")
        times, found = [], 0
        for _ in range(5):
            s, page = api(f"{path}?limit=50&{q}")
            times.append(s); found = len(page["items"])
        rows[f"GET {path}?{q}"] = {"ms_median": round(statistics.median(times) * 1000), "ms_max": round(max(times) * 1000), "rows": found, "more": page["next"] is not None}
for path in ("/queue/counts", "/queue/destinations"):
    times = [api(path)[0] for _ in range(5)]
    rows[f"GET {path}"] = {"ms_median": round(statistics.median(times) * 1000), "ms_max": round(max(times) * 1000)}
result["first_rows"] = rows
result["slowest_ms"] = max(r["ms_max"] for r in rows.values())

_, job = api("/queue/hold", {"filter": {"state": "deferred"}, "reason": "bench"})
t = time.time()
half = wait(job["id"], lambda j: j["matched"] > args.messages // 10 or j["endedAt"] is not None)
result["bulk_before_kill"] = {"matched": half["matched"], "s": round(time.time() - t, 1)}
restart(kill=True)
t = time.time()
done = wait(job["id"])
result["bulk_after_kill"] = {k: done[k] for k in ("matched", "changed", "queued", "fault")} | {"s": round(time.time() - t, 1)}
end()
