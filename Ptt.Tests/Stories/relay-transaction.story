# The order of commands, several messages in one session. RFC 5321 §4.1.4.
@ relay
S: 220 *
C: MAIL FROM:<a@example.org>
S: 503 5.5.1 Bad sequence of commands
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: STARTTLS
S: 502 5.5.1 Command not implemented
C: AUTH PLAIN
S: 502 5.5.1 Command not implemented
C: RCPT TO:<b@example.org>
S: 503 5.5.1 *
C: DATA
S: 503 5.5.1 *
C: MAIL FROM:<a@example.org>
S: 250 2.1.0 Sender OK
C: MAIL FROM:<a@example.org>
S: 503 5.5.1 *
C: DATA
S: 554 5.5.1 No valid recipients
C: RCPT TO:<@one.example,@two.example:b@example.org>
S: 250 2.1.5 Recipient OK
C: RCPT TO:<Postmaster>
S: 250 2.1.5 Recipient OK
C: DATA
S: 354 *
C: Subject: one
C:
C: one
C: .
S: 250 2.0.0 Queued as 0
C: RCPT TO:<b@example.org>
S: 503 5.5.1 *
C: MAIL FROM:<>
S: 250 2.1.0 Sender OK
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<> RET=HDRS ENVID=QQ314159
S: 250 2.1.0 Sender OK
C: RCPT TO:<b@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B@example.org
S: 250 2.1.5 Recipient OK
C: EHLO again.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: RCPT TO:<b@example.org>
S: 503 5.5.1 *
C: VRFY b@example.org
S: 252 2.5.0 Cannot verify; send the message and see
C: EXPN list
S: 502 5.5.1 Command not implemented
C: MAIL FROM:<a@example.org>
C: RCPT TO:<b@example.org>
C: DATA
S: 250 2.1.0 Sender OK
S: 250 2.1.5 Recipient OK
S: 354 *
C: .
S: 250 2.0.0 Queued as 0
