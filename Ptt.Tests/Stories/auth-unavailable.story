@ verdict unavailable
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
S: 454 4.7.0 Temporary authentication failure; try again later
