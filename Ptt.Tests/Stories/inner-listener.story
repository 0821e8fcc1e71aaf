# Between roles: TLS, no AUTH.
@ inner
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: MAIL FROM:<a@example.org>
S: 530 5.7.0 Must issue a STARTTLS command first
C: STARTTLS
S: 220 *
-- tls
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 502 5.5.1 *
C: MAIL FROM:<a@example.org>
S: 250 *
