DROP INDEX delivery_time;
