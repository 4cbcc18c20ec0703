-- one row per finding
with neoplasm_term as (
  select code_system, code, count(*) as records
  from staging.condition c
  where c.patient_key is not null
    and not exists (select 1 from marts.tumor_conditions t where t.condition_key = c.condition_key)
    and regexp_matches(lower(c.code_display), 'cancer|carcinom|malignan|neoplas|sarcoma|lymphoma|leuk(a)?emia')
  group by code_system, code
),
drug_record as (
  select 'staging.medication_administration' as record_table, source, medication_code, medication_display, medication_key
  from staging.medication_administration
  union all
  select 'staging.medication_dispense', source, medication_code, medication_display, medication_key
  from staging.medication_dispense
  union all
  select 'staging.medication_statement', source, medication_code, medication_display, medication_key
  from staging.medication_statement
  union all
  select 'staging.medication_request', source, medication_code, medication_display, medication_key
  from staging.medication_request
),
medication as (
  select medication_key from staging.medication
  union all
  select medication_key from staging.medication_administration_contained
  union all
  select medication_key from staging.medication_dispense_contained
  union all
  select medication_key from staging.medication_statement_contained
  union all
  select medication_key from staging.medication_request_contained
),
finding as (
  select 'link-' || status as check_name, if(status = 'conflict', 'error', 'warning') as severity,
    'marts.imaging_links' as subject_table, study_key as subject_key, rule as subject, source,
    1 as record_count, 'An imaging study is not linked to a person.' as description
  from marts.imaging_links
  where status <> 'linked'
  union all
  select 'series-disagreement', 'warning', 'marts.imaging_series', series_key, fact, null, instance_count,
    'Instances of one series disagree on a fact.'
  from (select series_key, instance_count, unnest(disagreements) as fact from staging.dicom_series)
  union all
  select 'study-date-disagreement', 'warning', 'marts.imaging_studies', study_key, 'study_date', null, series_count,
    'Series of one study disagree on the study date.'
  from staging.dicom_study
  where has_date_disagreement
  union all
  select 'instance-duplicate', 'info', 'marts.imaging_studies', study_key, 'SOPInstanceUID', source, count(*),
    'Files carry the same SOP instance as another file, which is counted instead.'
  from staging.shadowed_instance
  where is_same_patient
  group by study_key, source
  union all
  select 'instance-duplicate-of-other-patient', 'error', 'staging.dicom_instance', sop_instance_key, 'PatientID', source,
    count(*), 'Files carry the same SOP instance and different patient ids; the one that landed last is counted.'
  from staging.shadowed_instance
  where not is_same_patient
  group by sop_instance_key, source
  union all
  select 'instance-without-study', 'warning', 'staging.dicom_instance', null, 'StudyInstanceUID', source, count(*),
    'Files lack a study or series UID and appear in no study.'
  from staging.dicom_instance
  where study_key is null or series_key is null
  group by source
  union all
  select 'burned-in-annotation', 'warning', 'marts.imaging_series', series_key, 'BurnedInAnnotation', null,
    instance_count, 'Images say they carry burned-in text.'
  from marts.imaging_series
  where has_burned_in_annotation
  union all
  select 'cancer-site-unknown', 'warning', 'marts.cancer_diagnoses', diagnosis_key, 'site_group', null,
    condition_count, 'The codes of a tumour do not say its site.'
  from marts.cancer_diagnoses
  where site_group = 'unknown'
  union all
  select 'cancer-date-missing', 'warning', 'marts.cancer_diagnoses', diagnosis_key, 'diagnosis_date', null,
    condition_count, 'No Condition of a tumour is dated.'
  from marts.cancer_diagnoses
  where diagnosis_date is null
  union all
  select 'stage-conflict', 'warning', 'marts.cancer_diagnoses', diagnosis_key, 'stage_group', null, 1,
    'Records disagree on the stage group of a tumour.'
  from marts.cancer_diagnoses
  where has_stage_conflict
  union all
  select 'stage-unread', 'info', 'marts.stage_assessments', null,
    concat_ws(' ', coalesce(stage_system, '-'), stage_raw), null, count(*),
    'A stage is recorded in a way that is not understood.'
  from marts.stage_assessments
  where item = 'group' and stage_group is null
  group by stage_system, stage_raw
  union all
  select 'neoplasm-unread', 'info', 'staging.condition', null,
    concat_ws(' ', coalesce(code_system, '-'), coalesce(code, '-')), null, records,
    'A diagnosis sounds like a neoplasm and was not counted as one.'
  from neoplasm_term
  union all
  select 'neoplasm-unmapped', 'info', 'marts.tumor_conditions', null,
    concat_ws(' ', coalesce(code_system, '-'), coalesce(code, '-')), null, count(*),
    'A neoplasm was read by its words or profile because no code table knows its code.'
  from marts.tumor_conditions
  where read_by <> 'table'
  group by code_system, code
  union all
  select 'site-conflict', 'warning', 'marts.tumor_conditions', condition_key, 'site_group', source, 1,
    'The codes of a diagnosis name different sites.'
  from marts.tumor_conditions
  where has_site_conflict
  union all
  select 'laterality-conflict', 'warning', 'marts.tumor_conditions', condition_key, 'laterality', source, 1,
    'Qualifier and codes of a diagnosis name different sides.'
  from marts.tumor_conditions
  where has_laterality_conflict
  union all
  select 'grade-conflict', 'warning', 'marts.cancer_diagnoses', diagnosis_key, 'grade', null, 1,
    'Records disagree on the grade of a tumour.'
  from marts.cancer_diagnoses
  where has_grade_conflict
  union all
  select 'diagnosis-dates-apart', 'warning', 'marts.cancer_diagnoses', diagnosis_key, 'diagnosis_date', null, count(*),
    'Biopsies, asserted or onset dates of a tumour lie more than 60 days from its date of diagnosis.'
  from marts.diagnosis_dates
  where date_source <> 'recorded' and abs(days_from_preferred) > 60
  group by diagnosis_key
  union all
  select 'biopsy-conflict', 'warning', 'marts.biopsy_episodes', biopsy_key, 'result', source, record_count,
    'Records call a biopsy both malignant and benign.'
  from marts.biopsy_episodes
  where has_conflict
  union all
  select 'biomarker-conflict', 'warning', 'marts.biomarkers', biomarker_key, analyte, source, 1,
    'A test of one day has different results.'
  from marts.biomarkers
  where has_conflict
  union all
  select 'biomarker-unmapped', 'info', 'marts.biomarkers', null,
    concat_ws(' ', coalesce(code_system, '-'), coalesce(code, '-')), null, count(*),
    'A tumour marker has no analyte because no code table knows its code.'
  from marts.biomarkers
  where analyte is null
  group by code_system, code
  union all
  select 'biomarker-result-unread', 'info', 'marts.biomarkers', null,
    concat_ws(' ', coalesce(value_system, '-'), coalesce(value_code, '-')), null, count(*),
    'The coded result of a tumour marker is in no code table.'
  from marts.biomarkers
  where result is null and value_code is not null
  group by value_system, value_code
  union all
  select 'variant-conflict', 'warning', 'marts.variants', variant_key, gene, source, 1,
    'A variant is said to be there and not to be there.'
  from marts.variants
  where has_conflict
  union all
  select 'performance-status-unread', 'warning', 'marts.performance_status', performance_status_key, scale, source, 1,
    'A performance status has no score that its scale knows, or says two.'
  from marts.performance_status
  where score is null or has_conflict
  union all
  select 'neoplasm-not-primary', 'info', 'marts.tumor_conditions', condition_key, role, source, 1,
    'A neoplasm belongs to no tumour: it is a suspicion, of uncertain behaviour, or a metastasis without its primary.'
  from marts.tumor_conditions
  where diagnosis_key is null
  union all
  select 'treatment-without-tumor', 'warning', 'marts.treatments', treatment_key, treatment_class, source, record_count,
    'A cancer treatment is linked to no tumour.'
  from marts.treatments
  where diagnosis_key is null
  union all
  select 'treatment-' || replace(date_conflict, ' ', '-'), 'error', 'marts.treatments', treatment_key, treatment_class,
    source, record_count, 'A treatment is dated outside the life of the person; the date does not count.'
  from marts.treatments
  where date_conflict is not null
  union all
  select 'treatment-end-before-start', 'warning', 'marts.treatments', treatment_key, treatment_class, source,
    record_count, 'A treatment ends before it starts; the end does not count.'
  from marts.treatments
  where has_end_conflict
  union all
  select 'treatment-undated', 'info', 'marts.treatments', treatment_key, treatment_class, source, record_count,
    'A treatment has no date.'
  from marts.treatments
  where recorded_start_date is null
  union all
  select 'treatment-intent-conflict', 'warning', 'marts.treatments', treatment_key, treatment_class, source,
    record_count, 'Records of a treatment code different intents.'
  from marts.treatments
  where has_intent_conflict
  union all
  select 'radiotherapy-dose-conflict', 'warning', 'marts.treatments', treatment_key, treatment_class, source,
    record_count, 'Records of a radiotherapy course give different doses for one volume.'
  from marts.treatments
  where has_dose_conflict
  union all
  select 'radiotherapy-dose-unread', 'warning', 'marts.radiotherapy_volumes', null,
    coalesce(recorded_dose_unit, 'no unit'), null, count(*), 'A radiation dose has a unit that is not understood.'
  from marts.radiotherapy_volumes
  where recorded_dose is not null and dose_gy is null
  group by recorded_dose_unit
  union all
  select 'line-agent-unknown', 'info', 'marts.treatment_lines', line_key, 'agents', null, treatment_count,
    'A line of treatment rests on records that name no agent.'
  from marts.treatment_lines
  where agents is null
  union all
  select 'disease-status-conflict', 'warning', 'marts.disease_status', status_key, status_group, source, record_count,
    'Statements of one tumour and day contradict each other.'
  from marts.disease_status
  where has_conflict
  union all
  select 'disease-status-' || replace(date_conflict, ' ', '-'), 'error', 'marts.disease_status', status_key,
    status_group, source, record_count, 'A disease status is dated outside the life of the person; the date does not count.'
  from marts.disease_status
  where date_conflict is not null
  union all
  select 'disease-status-unread', 'info', 'marts.disease_status', null,
    concat_ws(' ', coalesce(value_system, '-'), coalesce(value_code, '-')), null, count(*),
    'A disease status has a value that is not understood, or none.'
  from marts.disease_status
  where disease_status = 'unknown'
  group by value_system, value_code
  union all
  select 'contact-after-death', 'error', 'marts.outcomes', diagnosis_key, 'deceased_date', null, 1,
    'A person is recorded as present long after the death.'
  from marts.outcomes
  where has_contact_after_death
  union all
  select 'body-region-conflict', 'warning', 'marts.imaging_series', series_key, 'body_region', null, 1,
    'Sources of a series name body regions that have nothing in common.'
  from marts.imaging_series
  where has_body_region_conflict
  union all
  select 'contrast-conflict', 'warning', 'marts.imaging_series', series_key, 'contrast', null, 1,
    'Sources of a series contradict each other about contrast.'
  from marts.imaging_series
  where has_contrast_conflict
  union all
  select 'slices-missing', 'warning', 'marts.imaging_series', series_key, 'missing_slices', null, missing_slices,
    'Slices are missing between others of a series.'
  from marts.imaging_series
  where missing_slices > 0
  union all
  select 'imaging-event-ambiguous', 'warning', 'marts.imaging_events', imaging_event_key, modality, source, record_count,
    'A record of imaging fits several events equally well and may count twice.'
  from marts.imaging_events
  where is_ambiguous
  union all
  select 'specimen-parent-conflict', 'warning', 'marts.specimens', specimen_key, 'parent_specimen_key', source, 1,
    'The parent of a specimen is not there, belongs to another person, or leads in a circle.'
  from marts.specimens
  where has_parent_conflict
  union all
  select 'specimen-link-conflict', 'warning', 'marts.pathology_slides', slide_key, 'specimen_record_key', null, 1,
    'The identifiers of a slide lead to specimens taken on different days or from different sites.'
  from marts.pathology_slides
  where has_specimen_conflict
  union all
  select 'death-before-birth', 'error', 'marts.patients', patient_key, 'deceased_date', null, 1,
    'A date of death lies before the birth and does not count.'
  from staging.death
  where has_death_before_birth
  union all
  select 'cause-of-death-conflict', 'warning', 'marts.patients', patient_key, 'cause_of_death', null, 1,
    'Records of one person code different causes of death.'
  from staging.death
  where has_cause_conflict
  union all
  select 'medication-without-code', 'info', record_table, null, 'medication', source, count(*),
    'Drug records tell their medication in free text only, or not at all.'
  from drug_record
  where medication_code is null and medication_display is null and medication_key is null
  group by record_table, source
  union all
  select 'medication-not-found', 'warning', d.record_table, null, 'medication', d.source, count(*),
    'Drug records refer to a Medication that is not there.'
  from drug_record d
  anti join medication m on m.medication_key = d.medication_key
  where d.medication_key is not null
  group by d.record_table, d.source
  union all
  select 'diagnosis-after-death', 'error', 'marts.cancer_diagnoses', d.diagnosis_key, 'diagnosis_date', null,
    d.condition_count, 'A tumour is diagnosed after the person died.'
  from marts.cancer_diagnoses d
  join staging.person p using (patient_key)
  where d.diagnosis_date > p.deceased_last_date
  union all
  select 'event-before-birth', 'error', 'marts.patient_events', null, event_type, null, count(*),
    'Events lie more than a day before the birth of their person.'
  from marts.patient_events e
  join staging.person p using (patient_key)
  where e.event_date < p.birth_date - interval 1 day and e.event_type <> 'coverage'
  group by event_type
  union all
  select 'death-date-conflict', 'warning', 'marts.patients', patient_key, 'deceased_date', null, 1,
    'Records of one person disagree on the date of death.'
  from staging.death
  where has_death_date_conflict
  union all
  select 'birth-date-conflict', 'warning', 'marts.patients', patient_key, 'birth_date', null, patient_record_count,
    'Patient records of one person disagree on the date of birth.'
  from staging.person
  where has_birth_date_conflict
  union all
  select 'patient-record-' || status, 'warning', 'marts.patients', patient_record_key, rule, null, 1,
    'A Patient record could not be told apart from, or joined with, another with certainty.'
  from staging.patient_link
  where status in ('candidate', 'conflict')
  union all
  select 'person-without-patient-record', 'warning', 'staging.record_without_patient', null, type, source, records,
    'Records name a patient of whom there is no Patient record.'
  from staging.record_without_patient
  union all
  select 'type-without-view', 'info', 'staging.landed_type', null, type, source, records,
    'Records of this type are landed and have no table yet.'
  from staging.landed_type
  where not has_view
  union all
  select 'quarantined', 'error', 'staging.quarantine_count', null, code, source, records,
    'Records were set aside because they could not be read.'
  from staging.quarantine_count
)
select
  md5(concat_ws(
    '|', 'finding', check_name, subject_table, subject_key, coalesce(subject, '-'), coalesce(source, '-')
  ))::uuid as finding_key,
  check_name::varchar as check_name,
  severity::varchar as severity,
  subject_table::varchar as subject_table,
  subject_key::uuid as subject_key,
  subject::varchar as subject,
  source::varchar as source,
  record_count::bigint as record_count,
  description::varchar as description
from finding
