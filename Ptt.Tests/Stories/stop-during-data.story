# SIGTERM: the message that is being received is finished first.
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
C: Subject: last
-- stop
C:
C: words
C: .
S: 250 2.0.0 Queued as 0
S: 421 4.3.2 System is shutting down
-- close
M: Subject: last
M:
M: words
