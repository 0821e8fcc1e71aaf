-- Orders that were under way are forgotten; what they had done to messages stays.
DROP TABLE job;
