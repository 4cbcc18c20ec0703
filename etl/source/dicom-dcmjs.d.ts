/** The part of dcmjs that carries no types of its own: its data dictionary. */
declare module 'dcmjs/dictionary' {
  interface DictionaryEntry {
    readonly tag?: string;
    readonly vr?: string;
    readonly vm?: string;
    readonly name?: string;
    readonly version?: string;
  }
  /** Keys: `(GGGG,EEEE)`, `(6000-60FF,EEEE)` for repeating groups, `(GGGG,"CREATOR",EE)` for private elements. */
  export const dictionary: Readonly<Record<string, DictionaryEntry>>;
}
