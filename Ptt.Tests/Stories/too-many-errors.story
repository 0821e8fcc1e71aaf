@ relay
@ errors 2
S: 220 *
C: ONE
S: 500 *
C: TWO
S: 500 *
C: THREE
S: 421 4.7.0 Too many errors; closing
-- close
