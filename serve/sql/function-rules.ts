/** Functions that mean the same in PostgreSQL and in DuckDB under the same name. */
const SAME = `
  count sum avg min max stddev stddev_samp stddev_pop variance var_samp var_pop corr covar_pop covar_samp
  regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
  bool_and bool_or string_agg array_agg percentile_cont percentile_disc mode any_value bit_and bit_or
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  abs ceil ceiling floor round trunc sqrt cbrt exp ln log log10 power pow mod sign pi degrees radians
  sin cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh gcd lcm random
  upper lower length substr substring left right lpad rpad ltrim rtrim replace translate reverse repeat
  concat concat_ws position strpos split_part starts_with ascii chr md5 bit_length regexp_replace
  string_to_array array_to_string array_length array_position array_cat array_append array_prepend
  date_trunc date_part extract age now make_date make_timestamp make_time isfinite timezone to_timestamp gen_random_uuid unnest generate_series
  coalesce nullif greatest least grouping`;

/** Functions that DuckDB has under another name. */
const RENAMED: Readonly<Record<string, string>> = {
  btrim: 'trim',
  char_length: 'length',
  character_length: 'length',
  octet_length: 'strlen',
  cardinality: 'len',
  every: 'bool_and',
  clock_timestamp: 'now',
  statement_timestamp: 'now',
  transaction_timestamp: 'now',
  date_bin: 'time_bucket',
  json_build_object: 'json_object',
  jsonb_build_object: 'json_object',
  json_build_array: 'json_array',
  jsonb_build_array: 'json_array',
  json_agg: 'json_group_array',
  jsonb_agg: 'json_group_array',
};

/** Functions that are written anew by `rewrite/`. */
const REWRITTEN = [
  'regexp_like',
  'measure',
  'to_char',
  'to_date',
  'like_escape',
  'version',
  'current_database',
  'current_schema',
];

const DATA: ReadonlySet<string> = new Set([
  ...SAME.trim().split(/\s+/),
  ...Object.keys(RENAMED),
  ...REWRITTEN,
]);

/** Functions of the catalog besides those of data: they tell of tables, types, rights and the server. */
const CATALOG = new Set(
  `format_type obj_description col_description shobj_description current_schemas current_setting
  pg_encoding_to_char pg_char_to_encoding pg_table_size pg_relation_size pg_total_relation_size pg_indexes_size
  pg_database_size pg_tablespace_size pg_size_pretty pg_postmaster_start_time pg_conf_load_time pg_is_in_recovery
  pg_is_wal_replay_paused pg_backend_pid pg_my_temp_schema pg_is_other_temp_schema pg_tablespace_location
  pg_tablespace_databases pg_show_all_settings pg_settings_get_flags pg_timezone_names pg_timezone_abbrevs
  pg_available_extensions pg_available_extension_versions pg_partition_ancestors pg_partition_tree pg_partition_root
  pg_relation_is_publishable pg_relation_filenode
  pg_relation_is_updatable pg_column_is_updatable pg_options_to_table pg_describe_object pg_identify_object
  pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_listening_channels pg_collation_for
  pg_collation_actual_version pg_blocking_pids pg_client_encoding pg_typeof pg_jit_available
  to_regclass to_regtype to_regproc to_regprocedure to_regnamespace to_regrole to_regoper to_regcollation
  generate_subscripts aclexplode acldefault makeaclitem quote_ident quote_literal quote_nullable format
  inet_server_addr inet_server_port inet_client_addr inet_client_port row_to_json to_json to_jsonb json_object_agg
  jsonb_object_agg json_build_object array_remove array_replace array_upper array_lower array_dims array_ndims
  array_positions array_fill regexp_match regexp_matches regexp_split_to_array regexp_split_to_table regexp_instr
  regexp_substr regexp_count string_to_table parse_ident initcap overlay encode decode to_hex
  int4 int8 text name char oid version user session_user current_user current_role
  jsonb_array_elements jsonb_array_elements_text json_array_elements jsonb_each jsonb_each_text json_each
  justify_interval row`
    .trim()
    .split(/\s+/),
);
const CATALOG_PATTERN =
  /^(pg_get_\w+|pg_\w+_is_visible|has_\w+_privilege|pg_has_role|pg_stat_get_\w+|_pg_\w+)$/;

/** Whether a query of data may call a function. */
export function isDataFunction(name: string): boolean {
  return DATA.has(name);
}

/** Whether a query of the catalog may call a function. */
export function isCatalogFunction(name: string): boolean {
  return DATA.has(name) || CATALOG.has(name) || CATALOG_PATTERN.test(name);
}

/** The name of a function in DuckDB. */
export function duckdbFunction(name: string): string {
  return RENAMED[name] ?? name;
}
