# No look-alike of the end of data ends anything; what holds one is refused, and the session goes on.
@ relay
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: Subject: x\r\n\r\nfirst\r\n
R: \n.\nMAIL FROM:<x@example.org>\r\nRCPT TO:<y@example.org>\r\nDATA\r\nsmuggled\r\n
C: .
S: 550 5.6.0 Message holds a bare CR or LF; every line must end with CRLF
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: x\r\n.\nQUIT\r\n.\r\n
S: 550 5.6.0 *
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: x\r.\rQUIT\r\n.\r\n
S: 550 5.6.0 *
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: x\n.\r\nQUIT\r\n.\rQUIT\r\n\r.\r\nQUIT\r\n.\r\r\nQUIT\r\n.\r\n
S: 550 5.6.0 *
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: x\0.\r\n.\r\n
S: 550 5.6.0 Message holds a NUL octet
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: \*998,x\r\n
R: .\*998,x\r\n
C: .
S: 250 *
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 *
S: 250 *
S: 354 *
R: \*999,x\r\n
C: .
S: 550 5.6.0 Message holds a line over the length limit
C: QUIT
S: 221 *
-- close
