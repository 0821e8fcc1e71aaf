# SIGTERM: a session between commands hears 421. RFC 5321 §3.8.
@ relay
S: 220 *
C: EHLO client.example
S: 250-*
S: 250 LIMITS RCPTMAX=1000
-- stop
S: 421 4.3.2 System is shutting down
-- close
