import { listBuilds, upgradeTo, type Build, type Builds } from '../../sdk/builds.js';
import type { Cli } from '../cli.js';
import { shortTime } from '../format.js';
import { table } from '../table.js';

/** `perennial upgrade` */
export function addUpgrade(cli: Cli): void {
  cli.add<{ deployment?: string }>({
    usage: 'upgrade [build]',
    summary: 'give all work to the workers of a build; without one, list them',
    details:
      'For workers with PERENNIAL_BUILD_ID. New workflows and the next step of every open one go there; going back is the same command.',
    example: 'perennial upgrade 1.4.2',
    flags: (command) =>
      command.option(
        '--deployment <name>',
        'worker deployment (PERENNIAL_DEPLOYMENT, the name of the task queue)',
      ),
    action: ({ io, withClient, print }, [build], options) =>
      withClient(async (perennial) => {
        const deployment = options.deployment ?? io.env['PERENNIAL_DEPLOYMENT'];
        if (build === undefined) {
          const found = await listBuilds(perennial, { deployment });
          print(found, () => listing(found, io.width));
          return undefined;
        }
        const moved = await upgradeTo(perennial, build, { deployment });
        print(moved, () => [
          moved.before === build
            ? `build ${build} is current in ${moved.deployment} already`
            : `build ${build} is current in ${moved.deployment}; before: ${moved.before ?? 'workers without versions'}`,
        ]);
        return undefined;
      }),
  });
}

function listing({ deployment, current, builds }: Builds, width: number): string[] {
  const rows = table<Build>(
    [
      { title: 'build', of: ({ build }) => build },
      { title: 'gets the work', of: (one) => (one.current ? 'yes' : '') },
      { title: 'since', of: ({ since }) => (since === null ? '' : shortTime(since)) },
    ],
    builds,
    width,
  );
  const nobody = `no build is current in ${deployment}: workers without versions get the work`;
  return current === null ? [...rows, nobody] : rows;
}
