-- one row per Coverage record
-- Rule coverage-1 (docs/marts/coverages.md). The kind of payer is that of the type; where the type does not tell, a
-- person who pays is self-pay and an organisation is what its own type says. What none tells is unknown.
with typed as (
  select c.coverage_key, t.system, t.code, t.place
  from staging.coverage c
  cross join lateral (
    values ('https://nahdo.org/sopt', c.type_sopt, 1),
      ('http://terminology.hl7.org/CodeSystem/v3-ActCode', c.type_act, 2),
      (c.type_system, c.type_code, 3)
  ) t(system, code, place)
  where t.code is not null
),
meant as (
  select
    t.coverage_key,
    arg_min(k.payer_kind, (t.place, -length(k.code))) filter (where k.payer_kind is not null) as payer_kind,
    arg_min(k.plan_type, (t.place, -length(k.code))) filter (where k.plan_type is not null) as plan_type
  from typed t
  join codes.payer_kind k
    on k.system = t.system
    and if(k.system = 'https://nahdo.org/sopt', starts_with(t.code, k.code), k.code = t.code)
  group by t.coverage_key
),
payer as (
  select
    c.*,
    m.payer_kind as type_kind,
    m.plan_type,
    o.name as organization_name,
    case
      when c.payor_patient_key is not null or c.payor_related_person_key is not null then 'self-pay'
      when o.type_code = 'govt' then 'public'
    end as payor_kind
  from staging.coverage c
  left join meant m using (coverage_key)
  left join staging.organization o on o.organization_key = c.payor_organization_key
)
select
  coverage_key::uuid as coverage_key,
  patient_key::uuid as patient_key,
  status::varchar as status,
  coalesce(type_kind, payor_kind, 'unknown')::varchar as payer_kind,
  case
    when type_kind is not null then 'type'
    when payor_kind is not null then 'payor'
    else 'unknown'
  end::varchar as payer_kind_source,
  coalesce(
    case
      when payor_kind = 'self-pay' then type_kind not in ('self-pay', 'charity')
      when payor_organization_key is not null then type_kind = 'self-pay'
    end,
    false
  )::boolean as has_payer_conflict,
  coalesce(plan_type, 'unknown')::varchar as plan_type,
  type_code::varchar as type_code,
  type_system::varchar as type_system,
  coalesce(type_display, type_text)::varchar as type_display,
  payor_organization_key::uuid as payor_organization_key,
  coalesce(organization_name, payor_text)::varchar as payor_name,
  coalesce(relationship_code, 'unknown')::varchar as relationship,
  start_date::date as start_date,
  start_precision::varchar as start_precision,
  end_date::date as end_date,
  end_precision::varchar as end_precision,
  case
    when end_date is not null then false
    when status in ('cancelled', 'entered-in-error', 'draft') then null
    when start_date is not null then true
  end::boolean as is_open_ended,
  coalesce(end_date < start_date, false)::boolean as has_period_conflict,
  'coverage-1'::varchar as rule_version,
  source::varchar as source
from payer
