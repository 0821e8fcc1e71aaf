@ client-certificate
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
S: 220 *
-- tls
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
C: MAIL FROM:<a@example.org>
S: 530 5.7.0 A client certificate is required
