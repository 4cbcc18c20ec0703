import { createHash } from 'node:crypto';

/** 12 hexadecimal digits that name a patient in resource ids; patient 0 is `mary`. */
export function patientKey(seed: number, patient: number): string {
  return patient === 0 ? 'mary' : digest(seed, `patient/${patient}`).slice(0, 12);
}

/** Medical record number of the centre, unique within a seed; Mary's is the same for every seed. */
export function mrnOf(seed: number, patient: number): string {
  return patient === 0 ? '10000001' : String(20_000_000 + ((Math.abs(seed) % 50) * 1_000_000 + patient));
}

/** Id and record number of a registration made twice: the Patient record that was replaced. */
export function replacedId(key: string): string {
  return `${key}-old`;
}

export function replacedMrn(mrn: string): string {
  return `${mrn}9`;
}

/** Accession number of a patient's n-th study, at most 16 characters (VR SH). */
export function accessionOf(seed: number, patient: number, study: number): string {
  return `CD${Math.abs(seed) % 100}.${patient.toString(36).toUpperCase()}.${study}`;
}

/** Accession of a patient's biopsy: also in the ContainerIdentifier of its slides. */
export function specimenIdentifier(key: string): string {
  return `S-${key}-1`;
}

/** A UID under 2.25 (PS3.5 B.2): the decimal form of 128 bits. */
export function uidOf(seed: number, ...path: readonly (string | number)[]): string {
  return `2.25.${BigInt(`0x${digest(seed, `uid/${path.join('/')}`).slice(0, 32)}`)}`;
}

function digest(seed: number, text: string): string {
  return createHash('sha256').update(`${seed}/${text}`).digest('hex');
}
