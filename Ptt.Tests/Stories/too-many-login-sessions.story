# A user who may have no session at all: said after the password, so that it tells a stranger nothing.
@ max-sessions 0
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
S: 454 4.7.0 Too many sessions of this login; close one and try again
C: MAIL FROM:<ada@example.test>
S: 530 5.7.0 Authentication required
C: QUIT
S: 221 *
-- close
