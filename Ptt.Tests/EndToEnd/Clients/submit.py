"""Submits one message with Python's smtplib: submit.py PORT tls|starttls MECHANISM KIND RECIPIENT..."""
import smtplib, ssl, sys
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

port, security, mechanism, kind, *recipients = sys.argv[1:]
context = ssl._create_unverified_context()  # the sandbox's certificate is its own
client = (smtplib.SMTP_SSL("127.0.0.1", int(port), context=context, timeout=120) if security == "tls"
          else smtplib.SMTP("127.0.0.1", int(port), timeout=120))
if security == "starttls":
    client.starttls(context=context)
client.ehlo()
client.user, client.password = "ada@example.test", "sandbox"
client.auth(mechanism, getattr(client, "auth_" + mechanism.lower().replace("-", "_")))

message = EmailMessage(policy=SMTPUTF8 if kind == "utf8" else SMTP)
message["From"] = "Ada Lovelace <ada@example.test>"
message["To"] = ", ".join(recipients[:3])
message["Subject"] = f"smtplib {security} {mechanism} {kind}"
options = []
if kind == "utf8":
    message.replace_header("Subject", message["Subject"] + " größer")
    message["X-Note"] = "Zoë"
    message.set_content("Grüße aus Köln\n")
    options = ["SMTPUTF8", "BODY=8BITMIME"]
elif kind == "8bit":
    message.set_content("Grüße\n.\n..dots\n", cte="8bit")
    options = ["BODY=8BITMIME"]
else:
    message.set_content("Hello\n.\n..two dots\n.one dot\n")
    if kind == "attachment":
        message.add_attachment(bytes(range(256)) * (15 * 4096), maintype="application", subtype="octet-stream", filename="big.bin")
flat = message.as_bytes(policy=message.policy.clone(max_line_length=78))
refused = client.sendmail("ada@example.test", recipients, flat, mail_options=options)
client.quit()
sys.exit(1 if refused else 0)
