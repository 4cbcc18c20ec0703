import { DICOM_RESOURCE, dicomSchema } from './schema-dicom.ts';
import { fhirR4Schema } from './schema-fhir-r4.ts';
import type { Schema } from './schema-lookup.ts';

export type { Schema, SchemaElement, SchemaLookup } from './schema-lookup.ts';

/** The schema whose records carry this `resourceType`. */
export function schemaFor(resource: string): Schema {
  return resource === DICOM_RESOURCE ? dicomSchema : fhirR4Schema;
}
