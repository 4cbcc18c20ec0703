-- only primaries own a tumour; a metastasis has one by reference alone
select condition_key
from marts.tumor_conditions
where (role = 'primary') <> (diagnosis_link is not distinct from 'own')
  or (diagnosis_key is null) <> (diagnosis_link is null)
  or (role in ('secondary', 'benign') and diagnosis_link = 'site')
  or (role = 'refuted' and diagnosis_key is not null)
