# What the next hop says is what the client hears.
@ relay
@ answer 452 4.3.1 Insufficient system storage; try again later
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
S: 452 4.3.1 Insufficient system storage; try again later
C: MAIL FROM:<a@example.org>
S: 250 *
