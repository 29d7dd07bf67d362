import { completionScript, SHELLS } from '../completion.js';
import type { Cli } from '../cli.js';
import { badInput } from '../exit-codes.js';

/** `perennial completion <shell>` */
export function addCompletion(cli: Cli): void {
  cli.add<object>({
    usage: 'completion <shell>',
    summary: 'a completion script for bash, zsh or fish',
    details:
      'Load it in your shell: `source <(perennial completion bash)`, or `perennial completion fish | source`.',
    example: 'perennial completion bash > ~/.local/share/bash-completion/completions/perennial',
    connects: false,
    action: ({ print }, [name = '']) => {
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined)
        return Promise.reject(badInput('shell', name, SHELLS.join(', '), 'Name one of them.'));
      const script = completionScript(shell, cli.program);
      print({ shell, script }, () => [script]);
      return Promise.resolve(undefined);
    },
  });
}
