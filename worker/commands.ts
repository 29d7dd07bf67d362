import { z } from 'zod';
import { type Programs, programsSchema } from '../engines/training/command/index.js';

const EXAMPLE =
  '{"lightgbm":{"command":"/opt/venv/bin/python","args":["/opt/train.py"],"versionArgs":["/opt/train.py","--version"]}}';

/** Variables of the programs that specs may name. */
export const commandsEnvironment = {
  PERENNIAL_COMMANDS: z
    .string()
    .default('{}')
    .transform(parseCommands)
    .describe(
      'Programs that specs may name as their trainer (`kind: command`), as JSON by name; see [trainers](../trainers.md). The same for every worker.',
    ),
} as const;

function parseCommands(text: string, context: z.RefinementCtx): Programs {
  const parsed = programsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ${issue.message}; ` : '';
  context.addIssue({ code: 'custom', message: `${where}expected JSON such as ${EXAMPLE}` });
  return z.NEVER;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
