# A whole session in one write. RFC 2920.
@ relay
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: MAIL FROM:<a@example.org>
C: RCPT TO:<not an address>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 2.1.0 Sender OK
S: 501 5.5.4 Syntax: RCPT TO:<address>
S: 250 2.1.5 Recipient OK
S: 354 *
C: Subject: x
C:
C: x
C: .
C: MAIL FROM:<a@example.org>
C: RCPT TO:<c@example.org>
C: BDAT 12
R: Subject: y\r\n
C: BDAT 7 LAST
R: \r\nwhat\n
S: 250 2.0.0 Queued as 0
S: 250 2.1.0 Sender OK
S: 250 2.1.5 Recipient OK
S: 250 2.0.0 Chunk received
S: 550 5.6.0 Message holds a bare CR or LF; every line must end with CRLF
C: QUIT
S: 221 2.0.0 Bye
-- close
