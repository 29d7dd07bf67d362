import type { Cli } from '../cli.js';

/** `perennial pause <model>` */
export const addPause = (cli: Cli): void => addSwitch(cli, 'pause');

/** `perennial resume <model>` */
export const addResume = (cli: Cli): void => addSwitch(cli, 'resume');

function addSwitch(cli: Cli, verb: 'pause' | 'resume'): void {
  cli.add<{ by?: string; reason?: string }>({
    usage: `${verb} <model>`,
    summary: verb === 'pause' ? 'hold retrains; checks, and a rollout that is open, go on' : 'end a pause',
    example: `perennial ${verb} bike-demand --reason "price change on Monday"`,
    flags: (command) =>
      command
        .option('--by <name>', 'who asks (default: PERENNIAL_BY, else the system user)')
        .option('--reason <text>', 'why; kept in the ledger'),
    action: ({ withClient, print }, [model = ''], asker) =>
      withClient(async (perennial) => {
        const answer = await perennial[verb](model, asker);
        print(answer, () => [`${model} is ${answer.paused ? 'paused' : 'running'}`]);
        return undefined;
      }),
  });
}
