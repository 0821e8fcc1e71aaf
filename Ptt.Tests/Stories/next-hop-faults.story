# A fault of ours is 451, never 5xx, never a dropped session.
@ relay
@ throws
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
C: .
S: 451 4.3.0 Local error; try again later
C: NOOP
S: 250 *
