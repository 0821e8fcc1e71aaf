# RFC 5802 §6: the client could bind to the channel and was told that we could not, so somebody has changed our EHLO.
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
C: AUTH SCRAM-SHA-256 eSwsbj1hZGFAZXhhbXBsZS50ZXN0LHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM
S: 535 5.7.8 Channel binding was possible and was not used
C: NOOP
S: 250 *
