# A login that was revoked ends with the next command.
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
S: 235 *
C: NOOP
S: 250 *
-- revoke ada@example.test
C: NOOP
S: 421 4.7.0 Please authenticate again
-- close
