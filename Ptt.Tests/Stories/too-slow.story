# 128 octets a second on average once the first minute is over: these come at less than one.
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
C: Subject: slow
-- wait 30
C: x
-- wait 100
S: 421 4.4.2 Data arrives too slowly; closing
-- close
-- nothing taken
