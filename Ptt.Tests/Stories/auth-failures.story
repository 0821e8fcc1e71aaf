# The third wrong password ends the session.
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
C: AUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAd3Jvbmc=
S: 535 5.7.8 Authentication credentials invalid
C: AUTH LOGIN bm9ib2R5QGV4YW1wbGUudGVzdA==
S: 334 UGFzc3dvcmQ6
C: cGVuY2ls
S: 535 5.7.8 Authentication credentials invalid
C: AUTH PLAIN
S: 334 
C: Ym9iAGFkYUBleGFtcGxlLnRlc3QAcGVuY2ls
S: 535 5.7.8 Authentication credentials invalid
S: 421 4.7.0 Too many failed attempts; closing
-- close
