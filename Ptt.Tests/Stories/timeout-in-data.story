@ relay
@ grace 600
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
-- wait 300
S: 421 4.4.2 Timed out waiting for you; closing
-- close
-- nothing taken
