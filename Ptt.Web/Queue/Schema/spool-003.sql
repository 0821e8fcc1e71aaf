-- What waits, by when it is due: a process knows only of what is due in the next minutes, however long the queue. As delivery_due, only what waits on disk is here.
CREATE INDEX delivery_time ON delivery (due_at, seq, part) WHERE lease = 0 AND hold IS NULL;
