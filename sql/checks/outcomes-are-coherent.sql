-- follow-up is not negative; a known horizon says alive or dead, an unknown one says neither; nobody revives
select diagnosis_key
from marts.outcomes
where follow_up_days < 0
  or days_to_death < 0
  or (is_censored is null) <> (follow_up_days is null)
  or is_censored = is_deceased
  or is_at_risk_1y <> (is_alive_1y is not null)
  or is_at_risk_2y <> (is_alive_2y is not null)
  or is_at_risk_5y <> (is_alive_5y is not null)
  or is_deceased_within_1y is distinct from not is_alive_1y
  or is_deceased_within_2y is distinct from not is_alive_2y
  or is_deceased_within_5y is distinct from not is_alive_5y
  or (not is_alive_1y and (is_alive_2y or is_alive_5y))
  or (not is_alive_2y and is_alive_5y)
  or (not is_deceased and (is_alive_1y = false or is_alive_2y = false or is_alive_5y = false))
