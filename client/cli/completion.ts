import type { Command, Option } from 'commander';

/** Shells that completion scripts are written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** A shell. */
export type Shell = (typeof SHELLS)[number];

/** The completion script of a program for a shell, from its commands and flags. */
export const completionScript = (shell: Shell, program: Command): string => WRITERS[shell](program);

const WRITERS: Readonly<Record<Shell, (program: Command) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const flagsOf = (command: Command): readonly Option[] => command.options.filter((option) => !option.hidden);
const longOf = (option: Option): string => option.long ?? option.flags;
const takesValue = (option: Option): boolean => option.required || option.optional;

/** What is no flag and no command is a file: bash's own completion takes over where this gives nothing. */
function bashScript(program: Command): string {
  const name = program.name();
  const commands = program.commands.map((command) => command.name());
  const cases = program.commands.map((command) => {
    const words = [...flagsOf(command).map(longOf), '--help'].join(' ');
    return `    ${command.name()}) words='${words}' ;;`;
  });
  const valued = [...new Set(program.commands.flatMap(flagsOf).filter(takesValue).map(longOf))].join('|');
  return `# ${name}: completion for bash. Load it with: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.join(' ')} --help --version' -- "$cur"))
    return
  fi
  case $prev in ${valued}) return ;; esac
  case $cur in -*) ;; *) return ;; esac
  case $command in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${name} ${name}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** Text inside the brackets of a zsh completion. */
const zshText = (text: string): string => text.replaceAll(/[\\[\]:]/g, '\\$&');

function zshScript(program: Command): string {
  const name = program.name();
  const listed = program.commands.map((command) =>
    quoted(`${zshText(command.name())}:${zshText(command.summary())}`),
  );
  const cases = program.commands.map((command) => {
    const flags = flagsOf(command).map((option) =>
      quoted(
        `*${longOf(option)}[${zshText(option.description)}]${takesValue(option) ? ':value:_files' : ''}`,
      ),
    );
    return `    ${command.name()}) _arguments ${[...flags, "'*:file:_files'"].join(' ')} ;;`;
  });
  return `#compdef ${name}
# ${name}: completion for zsh. Load it with: source <(${name} completion zsh)
_${name}() {
  local -a commands
  commands=(${listed.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}`;
}

function fishScript(program: Command): string {
  const name = program.name();
  const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = program.commands.flatMap((command) => [
    `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name()} -d ${text(command.summary())}`,
    ...flagsOf(command).map((option) => {
      const long = longOf(option).replace(/^--/, '');
      const seen = text(`__fish_seen_subcommand_from ${command.name()}`);
      return `complete -c ${name} -n ${seen} -l ${long}${takesValue(option) ? ' -r' : ''} -d ${text(option.description)}`;
    }),
  ]);
  return [`# ${name}: completion for fish. Load it with: ${name} completion fish | source`, ...lines].join(
    '\n',
  );
}
