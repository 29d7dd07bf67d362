import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript, SHELLS } from './completion.js';
import { createCli } from './program.js';
import { keptIo } from './test-io.js';

const { program } = createCli(keptIo());
const script = completionScript('bash', program);

/** What bash offers at the end of a command line. */
function offered(...words: string[]): string[] {
  const line = ['perennial', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _perennial; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' });
  return out.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  it('offers every command, and those that begin as typed', () => {
    const commands = program.commands.map((command) => command.name());
    expect(offered('')).toEqual([...commands, '--help', '--version']);
    expect(offered('re')).toEqual(['retrain', 'resume', 'reject']);
  });

  it('offers the flags of the command on the line', () => {
    expect(offered('ledger', '--')).toEqual(expect.arrayContaining(['--at', '--full', '--json', '--help']));
    expect(offered('apply', 'model.yaml', '--d')).toEqual(['--dry-run']);
  });

  it('leaves values and files to the shell', () => {
    expect(offered('ledger', '--at', '')).toEqual([]);
    expect(offered('apply', 'model')).toEqual([]);
    expect(script).toContain('complete -o default -F _perennial perennial');
  });
});

it.each(SHELLS)('%s gets every command and every flag', (shell) => {
  const text = completionScript(shell, program);
  for (const command of program.commands) {
    expect(text).toContain(command.name());
    for (const { long } of command.options)
      expect(text).toContain(shell === 'fish' ? `-l ${String(long).slice(2)}` : long);
  }
});

it('refuses a shell that it does not know', async () => {
  const io = keptIo();
  expect(await createCli(io).run(['completion', 'tcsh'])).toBe(2);
  expect(io.noted.join()).toMatch(/shell is 'tcsh'; expected bash, zsh, fish/);
});
