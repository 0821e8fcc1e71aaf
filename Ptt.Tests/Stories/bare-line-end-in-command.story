@ relay
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
R: NOOP\nQUIT\r\n
S: 500 5.5.2 A bare CR or LF ends no line; use CRLF
-- close
