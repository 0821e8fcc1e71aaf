"""Reads a delivery status notification from standard input, holds it against RFC 3464 field by field, and prints what it says as JSON.

Two parsers that know nothing of Ptt: Python's email, and flufl.bounce (Mailman's), which finds whose mail failed and whose is late.
"""
import email
import email.utils
import json
import re
import sys

from flufl.bounce import all_failures

PER_MESSAGE = {"original-envelope-id", "reporting-mta", "dsn-gateway", "received-from-mta", "arrival-date"}  # RFC 3464 section 2.2
PER_RECIPIENT = {"original-recipient", "final-recipient", "action", "status", "remote-mta", "diagnostic-code", "last-attempt-date",
                 "final-log-id", "will-retry-until"}  # section 2.3
CLASS = {"failed": "5", "delayed": "4", "delivered": "2", "relayed": "2", "expanded": "2"}

faults = []


def must(truth, words):
    if not truth:
        faults.append(words)


def typed(group, name, types):
    """`type; value`, section 2.1.2."""
    value = group[name]
    if value is None:
        return None
    kind, semicolon, rest = value.partition(";")
    must(semicolon and kind.strip().lower() in types and rest.strip(), f"{name}: {value!r} is not one of {types}; and a value")
    return rest.strip()


def date(group, name):
    if group[name] is not None:
        must(email.utils.parsedate_to_datetime(group[name]).tzinfo is not None, f"{name}: {group[name]!r} is no date-time")


raw = sys.stdin.buffer.read()
message = email.message_from_bytes(raw)
for part in message.walk():
    must(not part.defects, f"{part.get_content_type()}: {part.defects}")
must(raw.replace(b"\r\n", b"").count(b"\r") + raw.replace(b"\r\n", b"").count(b"\n") == 0, "bare line ends")
must(message.get_content_type() == "multipart/report", "not multipart/report (RFC 6522 section 3)")
must(message["Auto-Submitted"] is not None, "no Auto-Submitted (RFC 3834)")
must(message["MIME-Version"] == "1.0", "no MIME-Version")
must(email.utils.parseaddr(str(message["From"]))[1] and email.utils.parseaddr(str(message["To"]))[1], "no From or To")
parts = message.get_payload()
must(len(parts) == 3, f"{len(parts)} parts")
status = parts[1]
utf8 = status.get_content_type() == "message/global-delivery-status"
must(message.get_param("report-type") == ("global-delivery-status" if utf8 else "delivery-status"), "report-type")
must(status.get_content_type() in ("message/delivery-status", "message/global-delivery-status"), status.get_content_type())
groups = status.get_payload()
if utf8:  # RFC 6533: Python's parser does not know the type, and leaves the groups to us
    text = groups[0].get_payload(decode=True) if isinstance(groups, list) else status.get_payload(decode=True)
    first = groups[0] if isinstance(groups, list) else None
    blocks = [b for b in text.decode("utf-8").replace("\r\n", "\n").split("\n\n") if b.strip()]
    groups = ([first] if first is not None and len(first.items()) else []) + [email.message_from_string(b) for b in blocks]

top, recipients = groups[0], groups[1:]
must({k.lower() for k in top.keys()} <= PER_MESSAGE, f"unknown per-message fields: {top.keys()}")
must(top["Reporting-MTA"] is not None, "no Reporting-MTA (section 2.2.2)")
typed(top, "Reporting-MTA", ("dns",))
date(top, "Arrival-Date")
must(len(recipients) > 0, "no recipient (section 2.1)")
for r in recipients:
    must({k.lower() for k in r.keys()} <= PER_RECIPIENT, f"unknown per-recipient fields: {r.keys()}")
    must(all(len(r.get_all(k)) == 1 for k in r.keys()), "a field stands twice")
    must(r["Final-Recipient"] is not None and r["Action"] is not None and r["Status"] is not None, "a required field is missing (section 2.3)")
    typed(r, "Final-Recipient", ("rfc822", "utf-8"))
    typed(r, "Original-Recipient", ("rfc822", "utf-8"))
    typed(r, "Remote-MTA", ("dns",))
    typed(r, "Diagnostic-Code", ("smtp", "x-ptt"))
    date(r, "Last-Attempt-Date")
    date(r, "Will-Retry-Until")
    must(r["Action"] in CLASS, f"Action: {r['Action']}")
    must(re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", r["Status"] or ""), f"Status: {r['Status']}")
    must((r["Status"] or "?")[0] == CLASS.get(r["Action"]), f"{r['Action']} with status {r['Status']} (section 2.3.4)")
    must(r["Will-Retry-Until"] is None or r["Action"] == "delayed", "Will-Retry-Until without a delay (section 2.3.9)")
    must((r["Diagnostic-Code"] or "").startswith("smtp") is (r["Remote-MTA"] is not None), "smtp words without the host that said them (section 2.3.6)")

temporary, permanent = all_failures(email.message_from_bytes(raw))
print(json.dumps({
    "faults": faults,
    "type": status.get_content_type(),
    "returned": parts[2].get_content_type(),
    "returnedText": parts[2].as_string() if not utf8 else "",
    "envelopeId": top["Original-Envelope-Id"],
    "recipients": [{k.lower(): str(v) for k, v in r.items()} for r in recipients],
    "late": sorted(a.decode() for a in temporary),
    "failed": sorted(a.decode() for a in permanent),
}))
