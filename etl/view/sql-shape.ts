import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { Shape, ShapeFields } from './shape.ts';

/** The DuckDB type of an element: `STRUCT("code" VARCHAR)[]`. */
export function shapeType(shape: Shape): string {
  return shape.isList ? `${elementType(shape)}[]` : elementType(shape);
}

function elementType(shape: Shape): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.isHeld ? 'JSON' : shape.sqlType;
    case 'json':
      return 'JSON';
    case 'struct':
      return `STRUCT(${Object.entries(shape.fields)
        .map(([name, field]) => `${sqlName(name)} ${shapeType(field)}`)
        .join(', ')})`;
    default:
      return shape satisfies never;
  }
}

/** The same as the structure argument of `json_transform`. */
export function shapeStructure(fields: ShapeFields): string {
  return sqlString(JSON.stringify(structureOf(fields)));
}

type Structure = string | readonly Structure[] | { readonly [name: string]: Structure };

function structureOf(fields: ShapeFields): Structure {
  return Object.fromEntries(
    Object.entries(fields).map(([name, shape]) => {
      const element = shape.kind === 'struct' ? structureOf(shape.fields) : elementType(shape);
      return [name, shape.isList ? [element] : element];
    }),
  );
}
