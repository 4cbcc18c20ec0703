import { ChiasmError } from '../../base/error.ts';

/** A place inside a ViewDefinition: `path` is a JSON path such as `$.select[0].column[2].path`. */
export interface ViewPlace {
  readonly origin: string;
  readonly path: string;
}

/**
 * The view is wrong, not the data. `column` is the 1-based position inside the FHIRPath text at that place,
 * where the fault can be told that exactly.
 */
export function viewInvalid(place: ViewPlace, problem: string, column?: number): ChiasmError {
  const at = column === undefined ? place.path : `${place.path}, character ${column}`;
  return new ChiasmError('view-invalid', `${place.origin}: ${at}: ${problem}`, {
    params: { origin: place.origin, path: place.path, problem, ...(column === undefined ? {} : { column }) },
  });
}
