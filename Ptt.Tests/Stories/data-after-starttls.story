# RFC 3207 §6, CVE-2011-0411: what came together with STARTTLS came before the handshake. It is refused, and so is the session.
@ whole
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 STARTTLS
C: STARTTLS
C: MAIL FROM:<ada@example.test>
S: 554 5.5.1 Nothing may follow STARTTLS before the handshake
-- close
-- nothing taken
