# BDAT. RFC 3030.
@ relay
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: BDAT 6 LAST
R: QUIT\r\n
S: 503 5.5.1 Bad sequence of commands
C: MAIL FROM:<a@example.org>
S: 250 2.1.0 *
C: BDAT 6
R: QUIT\r\n
S: 554 5.5.1 No valid recipients
C: RCPT TO:<b@example.org>
S: 250 2.1.5 *
C: BDAT x
S: 501 5.5.4 Syntax: BDAT size [LAST]
C: BDAT 12
R: Subject: a\r\n
S: 250 2.0.0 Chunk received
C: DATA
S: 503 5.5.1 *
C: RCPT TO:<c@example.org>
S: 503 5.5.1 *
C: BDAT 7
R: \r\n.\r\n.x
S: 250 2.0.0 Chunk received
C: BDAT 0 LAST
S: 250 2.0.0 Queued as 0
M: Subject: a
M:
M: .
M: .x
C: MAIL FROM:<a@example.org>
S: 250 *
C: RCPT TO:<b@example.org>
S: 250 *
C: BDAT 3
R: a\r\n
S: 250 2.0.0 Chunk received
C: RSET
S: 250 2.0.0 OK
C: BDAT 3 LAST
R: a\r\n
S: 503 5.5.1 *
