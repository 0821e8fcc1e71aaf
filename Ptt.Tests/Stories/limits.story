# Size and number of recipients: refused, counted, and the session goes on. RFC 1870 §6, RFC 5321 §4.5.3.1.10.
@ relay
@ size 70000
@ recipients 2
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=2
C: MAIL FROM:<a@example.org> SIZE=70001
S: 552 5.3.4 Message exceeds the size limit
C: MAIL FROM:<a@example.org> SIZE=70000
S: 250 *
C: RCPT TO:<a@example.org>
S: 250 *
C: RCPT TO:<b@example.org>
S: 250 *
C: RCPT TO:<c@example.org>
S: 452 4.5.3 Too many recipients; send the rest in another transaction
C: DATA
S: 354 *
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
R: \*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n\*900,x\r\n
C: .
S: 552 5.3.4 Message exceeds the size limit
C: MAIL FROM:<a@example.org>
S: 250 *
-- nothing taken
