import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { PerennialError } from '../domain/errors.js';
import { programsSchema } from '../engines/training/command/index.js';

/**
 * The programs that specs may name as their trainer, from a JSON or YAML file, as the worker's variable PERENNIAL_COMMANDS. Throws
 * `commands-unreadable` for a file that cannot be read or is not what it should be.
 */
export async function readCommandsFile(file: string): Promise<string> {
  try {
    const programs = programsSchema.safeParse(parse(await readFile(file, 'utf8')));
    if (programs.success) return JSON.stringify(programs.data);
    const [issue] = programs.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  } catch (error) {
    throw new PerennialError(
      {
        type: 'commands-unreadable',
        thing: `commands file ${file} (${error instanceof Error ? error.message : String(error)})`,
        allowed: 'programs by name, in JSON or YAML: {"lightgbm": {"command": "/opt/venv/bin/python", …}}',
        next: 'Correct the file; docs/trainers.md has an example.',
      },
      { cause: error },
    );
  }
}
