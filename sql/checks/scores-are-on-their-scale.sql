-- a performance score is one of its scale, an allele fraction a share
select performance_status_key as fact
from marts.performance_status
where (scale = 'ECOG' and score not between 0 and 5)
  or (scale <> 'ECOG' and (score not between 0 and 100 or score % 10 <> 0))
  or (score is null) <> (score_source is null)
union all
select variant_key from marts.variants where allele_fraction not between 0 and 1
