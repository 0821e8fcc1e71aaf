# RFC 8689 §4.1: not without TLS, whatever the listener is.
@ relay
@ requiretls
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: MAIL FROM:<a@example.org> REQUIRETLS
S: 530 5.7.0 REQUIRETLS needs an encrypted session
