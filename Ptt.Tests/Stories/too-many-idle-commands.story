@ relay
@ idle-commands 10
S: 220 *
C: NOOP
C: NOOP
C: NOOP
C: RSET
C: RSET
C: RSET
C: RSET
C: RSET
C: RSET
C: RSET
C: NOOP
C: NOOP
C: NOOP
C: NOOP
C: NOOP
C: NOOP
C: NOOP
C: NOOP
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 250 *
S: 421 4.7.0 Too many commands without a message; closing
-- close
