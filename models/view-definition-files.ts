import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { packageRoot } from '../base/package-root.ts';

/** A view as it lies on disk: `path` relative to the package root, `json` not yet checked. */
export type ViewFile = { readonly path: string; readonly json: unknown };

const SUFFIX = '.view.json';

/**
 * The shipped views of `models/fhir` and `models/dicom`, by path.
 * @throws ChiasmError `view-invalid` when a file is not JSON.
 */
export function loadViewFiles(root: string = packageRoot): readonly ViewFile[] {
  return ['models/dicom', 'models/fhir'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith(SUFFIX))
      .sort()
      .map((file) => readViewFile(root, `${folder}/${file}`)),
  );
}

function readViewFile(root: string, path: string): ViewFile {
  try {
    return { path, json: JSON.parse(readFileSync(join(root, path), 'utf8')) };
  } catch (cause) {
    throw new ChiasmError('view-invalid', `${path} is not JSON`, { params: { path }, cause });
  }
}
