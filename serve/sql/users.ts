import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { isMissing, writeDurably } from '../../base/files.ts';
import { makeVerifier, parseVerifier, type ScramVerifier } from '../wire/scram.ts';

/** Somebody who may sign in to the SQL endpoint. */
export interface SqlUser {
  readonly name: string;
  readonly group: string;
  readonly verifier: ScramVerifier;
}

/** Names that need no quotes in a connection string, and that the catalog does not use itself. */
export const USER_NAME: RegExp = /^(?!pg_|postgres$|public$|none$)[a-z][a-z0-9_.-]{0,62}$/;

const usersFile = z.record(
  z.string().regex(USER_NAME),
  z.strictObject({ group: z.string().min(1), verifier: z.string() }),
);
type UsersFile = z.infer<typeof usersFile>;

/** The users of a file made by `chiasm user`; none where it does not exist. Throws `sql-users-invalid`. */
export async function readUsers(file: string): Promise<ReadonlyMap<string, SqlUser>> {
  const users = Object.entries(await readUsersFile(file)).map(([name, { group, verifier }]): SqlUser => {
    const parsed = parseVerifier(verifier);
    if (parsed === undefined) throw invalid(file);
    return { name, group, verifier: parsed };
  });
  return new Map(users.map((user) => [user.name, user]));
}

/** Adds a user, or gives one a new password and group. */
export async function writeUser(
  file: string,
  user: { readonly name: string; readonly group: string; readonly password: string },
): Promise<void> {
  if (!USER_NAME.test(user.name)) {
    throw new ChiasmError(
      'sql-users-invalid',
      'a user name is lower case: a letter, then letters, digits, dots, dashes or underscores',
    );
  }
  if (!/^[\x21-\x7e]{8,200}$/.test(user.password)) {
    throw new ChiasmError(
      'sql-users-invalid',
      'a password has 8 to 200 characters: letters, digits and signs of ASCII, without blanks',
    );
  }
  const users = await readUsersFile(file);
  const entry = { group: user.group, verifier: makeVerifier(user.password) };
  await writeUsersFile(file, { ...users, [user.name]: entry });
}

/** Whether there was such a user. Sessions that are open go on. */
export async function removeUser(file: string, name: string): Promise<boolean> {
  const { [name]: removed, ...others } = await readUsersFile(file);
  if (removed !== undefined) await writeUsersFile(file, others);
  return removed !== undefined;
}

async function readUsersFile(file: string): Promise<UsersFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  try {
    return usersFile.parse(JSON.parse(text));
  } catch {
    throw invalid(file);
  }
}

async function writeUsersFile(file: string, users: UsersFile): Promise<void> {
  await writeDurably(file, `${JSON.stringify(users, null, 2)}\n`);
}

function invalid(file: string): ChiasmError {
  return new ChiasmError(
    'sql-users-invalid',
    `${file} is not a file of users: make users with \`chiasm user add\``,
    { params: { file } },
  );
}
