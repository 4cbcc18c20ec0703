import { NOTHING } from './build.ts';
import type { Expression, ScalarFunction } from './expression.ts';
import type { CompileContext } from './scope.ts';
import type { PrimitiveType } from './type.ts';
import { BOOLEAN, DECIMAL, INTEGER, isNumeric, NUMBER, primitive, STRING } from './type.ts';
import { isPrimitive, resolveChoice, single, toNumber, toText } from './value.ts';

interface Signature {
  readonly name: ScalarFunction;
  readonly input: 'text' | 'number' | 'any';
  readonly args: readonly ('text' | 'integer')[];
  readonly required: number;
  readonly type: PrimitiveType;
  readonly isMany?: true;
}

const LONG = primitive('integer', 'integer', 'BIGINT');
const text = (
  name: ScalarFunction,
  args: readonly ('text' | 'integer')[],
  type: PrimitiveType,
  required = args.length,
): Signature => ({ name, input: 'text', args, required, type });

const SIGNATURES: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ['startsWith', text('startsWith', ['text'], BOOLEAN)],
  ['endsWith', text('endsWith', ['text'], BOOLEAN)],
  ['contains', text('contains', ['text'], BOOLEAN)],
  ['matches', text('matches', ['text'], BOOLEAN)],
  ['replace', text('replace', ['text', 'text'], STRING)],
  ['replaceMatches', text('replaceMatches', ['text', 'text'], STRING)],
  ['substring', text('substring', ['integer', 'integer'], STRING, 1)],
  ['upper', text('upper', [], STRING)],
  ['lower', text('lower', [], STRING)],
  ['length', text('length', [], INTEGER)],
  ['indexOf', text('indexOf', ['text'], INTEGER)],
  ['trim', text('trim', [], STRING)],
  ['split', { ...text('split', ['text'], STRING), isMany: true }],
  ['abs', { name: 'abs', input: 'number', args: [], required: 0, type: NUMBER }],
  ['ceiling', { name: 'ceiling', input: 'number', args: [], required: 0, type: LONG }],
  ['floor', { name: 'floor', input: 'number', args: [], required: 0, type: LONG }],
  ['truncate', { name: 'truncate', input: 'number', args: [], required: 0, type: LONG }],
  ['round', { name: 'round', input: 'number', args: ['integer'], required: 0, type: NUMBER }],
  ['toString', { name: 'toText', input: 'any', args: [], required: 0, type: STRING }],
  ['toInteger', { name: 'toInteger', input: 'any', args: [], required: 0, type: INTEGER }],
  ['toDecimal', { name: 'toNumber', input: 'any', args: [], required: 0, type: NUMBER }],
  ['toBoolean', { name: 'toBoolean', input: 'any', args: [], required: 0, type: BOOLEAN }],
]);

export const SCALAR_FUNCTION_NAMES: readonly string[] = [...SIGNATURES.keys()];

/** FHIRPath functions on one text or number. Empty in, empty out. */
export function compileScalarFunction(
  of: Expression,
  name: string,
  args: readonly Expression[],
  context: CompileContext,
  column: number,
): Expression {
  const signature = SIGNATURES.get(name);
  if (signature === undefined) return context.fail(`function ${name}() is not supported`, column);
  if (args.length < signature.required || args.length > signature.args.length) {
    return context.fail(`function ${name}() takes ${signature.args.length} argument(s)`, column);
  }
  const input = resolveChoice(single(of, context.label));
  const inputs = args.map((arg) => resolveChoice(single(arg, context.label)));
  if ([input, ...inputs].some((each) => each.type.kind === 'nothing')) return NOTHING;
  inputs.forEach((each, index) => {
    const wanted = signature.args[index] === 'text' ? 'string' : 'integer';
    if (!isPrimitive(each) || each.type.value !== wanted) {
      context.fail(`argument ${index + 1} of ${name}() must be a ${wanted}`, column);
    }
  });
  const value = coerce(input, signature, name, context, column);
  return {
    kind: 'function',
    name: signature.name,
    args: [value, ...inputs],
    type: signature.type,
    isMany: signature.isMany === true,
  };
}

function coerce(
  input: Expression,
  signature: Signature,
  name: string,
  context: CompileContext,
  column: number,
): Expression {
  if (!isPrimitive(input)) return context.fail(`${name}() needs a primitive value`, column);
  switch (signature.input) {
    case 'any':
      return signature.type === INTEGER || signature.type === BOOLEAN || signature.type === DECIMAL
        ? toText(input)
        : input;
    case 'text':
      // Dates are text in FHIR and in DICOM; numbers and booleans are not.
      return input.type.sqlType === 'VARCHAR' ? input : context.fail(`${name}() needs a text`, column);
    case 'number':
      return isNumeric(input.type.value) ? toNumber(input) : context.fail(`${name}() needs a number`, column);
    default:
      return signature.input satisfies never;
  }
}
