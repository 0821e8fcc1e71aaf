# What follows STARTTLS before the handshake is never carried into it. RFC 3207 §6, CVE-2011-0411.
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
S: 220 *
-- tls
C: MAIL FROM:<ada@example.test>
S: 530 5.7.0 Authentication required
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 503 5.5.1 Bad sequence of commands
C: EHLO client.example
S: 250-*
S: 250 AUTH *
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 235 *
