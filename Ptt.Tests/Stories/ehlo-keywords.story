# What we offer in the clear and what inside TLS.
@ recipients 250
S: 220 *
C: EHLO [192.0.2.1]
S: 250-mail.example.test
S: 250-PIPELINING
S: 250-SIZE 52428800
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-ENHANCEDSTATUSCODES
S: 250-CHUNKING
S: 250-DSN
S: 250-LIMITS RCPTMAX=250
S: 250 STARTTLS
C: HELO client.example
S: 250 mail.example.test
C: STARTTLS
S: 220 2.0.0 *
-- tls
C: STARTTLS
S: 503 5.5.1 TLS is active already
C: ehlo client.example
S: 250-*
S: 250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN
