# A submission over STARTTLS must authenticate before MAIL. RFC 4954 §6, RFC 6409 §4.3.
S: 220 mail.example.test ESMTP Ptt
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
S: 220 2.0.0 Ready to start TLS
-- tls
C: EHLO client.example
S: 250-*
S: 250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN
C: MAIL FROM:<ada@example.test>
S: 530 5.7.0 Authentication required
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 235 2.7.0 Authentication succeeded
C: MAIL FROM:<ada@example.test> SIZE=100 BODY=8BITMIME
S: 250 2.1.0 Sender OK
C: RCPT TO:<bob@example.com>
S: 250 2.1.5 Recipient OK
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: From: ada@example.test
C: Subject: dots
C:
C: .. one dot
C: ... two dots
C: ..
C: text.
C: .
S: 250 2.0.0 Queued as 0
M: From: ada@example.test
M: Subject: dots
M:
M: . one dot
M: .. two dots
M: .
M: text.
C: QUIT
S: 221 2.0.0 Bye
-- close
