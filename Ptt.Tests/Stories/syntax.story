# Each command in a wrong form.
@ relay
@ errors 100
S: 220 *
C: FOO
S: 500 5.5.2 Command not recognized
C:
S: 500 5.5.2 Command not recognized
C: EHLO
S: 501 5.5.4 Syntax: EHLO hostname
C: HELO two words
S: 501 5.5.4 Syntax: HELO hostname
R: NOOP \xff\r\n
S: 500 5.5.2 Command holds octets that are not text
R: NOOP \0\r\n
S: 500 5.5.2 *
R: \*3000,x\r\n
S: 500 5.5.2 Line too long
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: MAIL
S: 501 5.5.4 Syntax: MAIL FROM:<address>
C: MAIL FROM:a@example.org
S: 501 5.5.4 *
C: MAIL FROM:<a@example.org>SIZE=1
S: 501 5.5.4 *
C: MAIL FROM:<a@@example.org>
S: 553 5.1.7 Bad sender address syntax
C: MAIL FROM:<a@example.org> SIZE=x
S: 501 5.5.4 Syntax: SIZE=octets
C: MAIL FROM:<a@example.org> SIZE=1 SIZE=1
S: 501 5.5.4 Parameter SIZE given twice
C: MAIL FROM:<a@example.org> BODY=BINARYMIME
S: 555 5.6.1 BODY=BINARYMIME is not supported
C: MAIL FROM:<a@example.org> HOLDFOR=1
S: 555 5.5.4 HOLDFOR parameter not recognized
C: MAIL FROM:<a@example.org> REQUIRETLS
S: 555 5.5.4 REQUIRETLS parameter not recognized
C: MAIL FROM:<a@example.org> RET=SOME
S: 501 5.5.4 Bad value of parameter RET
C: MAIL FROM:<a@example.org> =1
S: 501 5.5.4 Bad parameter syntax
C: MAIL FROM:<ä@example.org>
S: 553 5.6.7 A non-ASCII address requires SMTPUTF8
C: MAIL FROM: <a@example.org> SMTPUTF8 AUTH=<> ENVID=x+20y
S: 250 2.1.0 Sender OK
C: RCPT
S: 501 5.5.4 Syntax: RCPT TO:<address>
C: RCPT TO:<>
S: 501 5.5.4 *
C: RCPT TO:<b@-@example.org>
S: 553 5.1.3 Bad recipient address syntax
C: RCPT TO:<b@example.org> NOTIFY=NEVER,SUCCESS
S: 501 5.5.4 Bad value of parameter NOTIFY
C: RCPT TO:<b@example.org> SIZE=1
S: 555 5.5.4 SIZE parameter not recognized
C: RCPT TO:<jürgen@example.org> ORCPT=utf-8;jürgen@example.org
S: 250 2.1.5 Recipient OK
C: RCPT TO:<"quoted > part"@example.org>
S: 250 2.1.5 Recipient OK
C: DATA now
S: 501 5.5.4 Syntax: DATA
C: VRFY
S: 501 5.5.4 Syntax: VRFY address
C: QUIT now
S: 501 5.5.4 Syntax: QUIT
C: quit
S: 221 2.0.0 Bye
-- close
