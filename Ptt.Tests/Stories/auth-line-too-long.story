# RFC 4954 §4: a base64 line has 12,288 octets at most; the session goes on.
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
C: AUTH PLAIN
S: 334 
R: \*13000,A\r\n
S: 500 5.5.6 Authentication exchange line is too long
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 235 2.7.0 Authentication succeeded
