import type { AuthoredMember } from '../../../cube/mart-cube.ts';
import type { MartColumn, MartDeclaration } from '../../../models/mart-declaration.ts';
import { lineageTag, type TmdlObject, tmdlName } from './tmdl.ts';

/** A measure with its DAX. */
export interface DaxMeasure {
  readonly name: string;
  readonly dax: string;
  readonly measure: AuthoredMember;
}

const DATA_TYPES: Readonly<Record<MartColumn['type'], string>> = {
  UUID: 'string',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  INTEGER: 'int64',
  BIGINT: 'int64',
  DOUBLE: 'double',
  DATE: 'dateTime',
  TIMESTAMPTZ: 'dateTime',
};

/** Formats of Cube in the words of Power BI. */
const FORMATS: Readonly<Record<string, string>> = {
  '%Y-%m-%d': 'yyyy-mm-dd',
  '%Y-%m-%d %H:%M:%S': 'yyyy-mm-dd hh:nn:ss',
  id: '0',
  number_0: '#,0',
  number_4: '#,0.00##',
  percent: '0.0%',
};

/** A mart as a table of the semantic model: measures, columns and the query that reads it. */
export function tableObject(
  mart: MartDeclaration,
  dimensions: readonly AuthoredMember[],
  measures: readonly DaxMeasure[],
): TmdlObject {
  const formats = new Map(dimensions.map(({ name, format }) => [name, format]));
  return {
    declaration: `table ${tmdlName(mart.name)}`,
    description: `${mart.title}. ${mart.description} Grain: ${mart.grain}.`,
    properties: [`lineageTag: ${lineageTag('table', mart.name)}`],
    children: [
      ...measures.map((each) => measureObject(mart, each)),
      ...mart.columns.map((column) => columnObject(mart, column, formats.get(column.name))),
      partitionObject(mart),
      { declaration: 'annotation PBI_ResultType = Table' },
    ],
  };
}

function measureObject(mart: MartDeclaration, { name, dax, measure }: DaxMeasure): TmdlObject {
  const { unit, unit_in } = measure.meta ?? {};
  const told = unit_in === undefined ? unit : `as in ${unit_in}`;
  return {
    declaration: `measure ${tmdlName(name)} = ${dax}`,
    description: withUnit(String(measure['description'] ?? measure['title']), told),
    properties: [
      ...formatProperty(measure['format']),
      `lineageTag: ${lineageTag('measure', mart.name, measure.name)}`,
    ],
  };
}

/** Keys join tables and mean nothing to people: they are hidden. Numbers are not summed unless somebody says so. */
function columnObject(mart: MartDeclaration, column: MartColumn, format: unknown): TmdlObject {
  const isKey = mart.key.length === 1 && mart.key[0] === column.name;
  return {
    declaration: `column ${tmdlName(column.name)}`,
    description: withUnit(column.description, column.unit),
    properties: [
      `dataType: ${DATA_TYPES[column.type]}`,
      ...(column.type === 'UUID' ? ['isHidden'] : []),
      ...(isKey ? ['isKey'] : []),
      ...formatProperty(format),
      `lineageTag: ${lineageTag('column', mart.name, column.name)}`,
      'summarizeBy: none',
      `sourceColumn: ${column.name}`,
    ],
    children: [
      { declaration: 'annotation SummarizationSetBy = User' },
      ...(column.type === 'DATE' ? [{ declaration: 'annotation UnderlyingDateTimeDataType = Date' }] : []),
    ],
  };
}

function partitionObject({ name }: MartDeclaration): TmdlObject {
  const query = [
    'let',
    '    Source = PostgreSQL.Database(Server, Database),',
    `    Rows = Source{[Schema="marts",Item="${name}"]}[Data]`,
    'in',
    '    Rows',
  ];
  return {
    declaration: `partition ${tmdlName(name)} = m`,
    properties: ['mode: import', `source =${query.map((line) => `\n\t\t${line}`).join('')}`],
  };
}

function formatProperty(format: unknown): readonly string[] {
  const written = FORMATS[String(format)];
  return written === undefined ? [] : [`formatString: ${written}`];
}

function withUnit(description: string, unit: string | undefined): string {
  return unit === undefined || unit === '1' ? description : `${description} Unit: ${unit}.`;
}
