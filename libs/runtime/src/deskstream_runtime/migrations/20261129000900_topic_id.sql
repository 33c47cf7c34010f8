-- migrate:up

-- The topic, by Kafka's own id, that the position is one of: a topic deleted and made anew has the name of the
-- old one. Null until it is first looked at.
alter table consumer_offset add column topic_id uuid;

-- migrate:down
alter table consumer_offset drop column topic_id;
