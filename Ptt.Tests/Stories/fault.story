# What nobody foresaw is 421, under TLS too, and is in the log; the words say nothing about it.
@ authenticator-throws
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
S: 220 *
-- tls
C: EHLO client.example
S: 250-*
S: 250 AUTH *
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 421 4.3.0 Local error; try again later
-- close
