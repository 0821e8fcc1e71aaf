# Every wrong turn of AUTH. RFC 4954 §4, §6.
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
S: 220 *
-- tls
C: EHLO client.example
S: 250-*
S: 250 AUTH *
C: AUTH
S: 501 5.5.4 Syntax: AUTH mechanism [initial-response]
C: AUTH CRAM-MD5
S: 504 5.5.4 Authentication mechanism not recognized
C: AUTH PLAIN not*base64
S: 501 5.5.2 Cannot decode the authentication response
C: AUTH PLAIN =
S: 501 5.5.2 *
C: AUTH PLAIN YQBi
S: 501 5.5.2 *
C: AUTH PLAIN
S: 334 
C: *
S: 501 5.5.0 Authentication cancelled
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: YWRhQGV4YW1wbGUudGVzdA==
S: 334 UGFzc3dvcmQ6
C: cGVuY2ls
S: 235 2.7.0 Authentication succeeded
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 503 5.5.1 Already authenticated
C: MAIL FROM:<eve@example.com>
S: 550 5.7.1 This login may not send with that sender address
C: MAIL FROM:<>
S: 550 5.7.1 This login may not use the null sender
C: MAIL FROM:<ada+tag@example.test>
S: 250 *
C: RSET
S: 250 *
C: MAIL FROM:<anyone@lists.example.org>
S: 250 *
