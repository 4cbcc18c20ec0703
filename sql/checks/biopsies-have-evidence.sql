-- a biopsy was taken, and its result is that of its decisive findings; the proxy has none
select e.biopsy_key
from marts.biopsy_episodes e
full join (
  select
    biopsy_key,
    count(*) filter (where evidence = 'taken') as taken,
    bool_or(is_decisive and finding = 'malignant') as is_malignant,
    bool_or(is_decisive and finding = 'benign') as is_benign
  from marts.biopsy_findings
  group by biopsy_key
) f using (biopsy_key)
where e.biopsy_key is null
  or f.taken < 1
  or (e.result = 'malignant') <> f.is_malignant
  or (e.result = 'benign_coded') <> (f.is_benign and not f.is_malignant)
  or (e.result = 'no_cancer_180d' and coalesce(e.follow_up_days, 0) < 180)
  or e.is_false_positive <> (e.has_suspicion and e.result = 'benign_coded')
