-- every event is of a kind that codes.event_type lists, and comes from a table of that kind
select e.event_key
from marts.patient_events e
left join codes.event_type t using (event_type)
where t.event_type is null or not list_contains(string_split(t.source_tables, '|'), e.source_table)
