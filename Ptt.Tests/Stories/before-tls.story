# Nothing useful before TLS. RFC 3207 §4, RFC 4954 §4.
S: 220 *
C: STARTTLS
S: 503 5.5.1 Bad sequence of commands
C: MAIL FROM:<ada@example.test>
S: 530 5.7.0 Must issue a STARTTLS command first
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: MAIL FROM:<ada@example.test>
S: 530 5.7.0 Must issue a STARTTLS command first
C: RCPT TO:<bob@example.com>
S: 530 5.7.0 *
C: VRFY bob
S: 530 5.7.0 *
C: DATA
S: 530 5.7.0 *
C: BDAT 5 LAST
R: QUIT\n
S: 530 5.7.0 *
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 538 5.7.11 Encryption required for authentication
C: STARTTLS now
S: 501 5.5.4 Syntax: STARTTLS
C: NOOP
S: 250 2.0.0 OK
C: RSET
S: 250 2.0.0 OK
C: HELP
S: 214 2.0.0 See RFC 5321 and the keywords of EHLO
C: QUIT
S: 221 2.0.0 Bye
-- close
