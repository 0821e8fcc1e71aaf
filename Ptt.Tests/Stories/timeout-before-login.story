S: 220 *
-- wait 130
S: 421 4.4.2 Timed out waiting for you; closing
-- close
