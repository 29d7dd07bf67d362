import { Command } from 'commander';
import { packageVersion } from '../../telemetry/package-version.js';
import { Cli } from './cli.js';
import { addApply } from './commands/apply.js';
import { addCheck } from './commands/check.js';
import { addCodecServer } from './commands/codec-server.js';
import { addApprove, addReject } from './commands/decide.js';
import { addCompletion } from './commands/completion.js';
import { addDemo } from './commands/demo.js';
import { addDetect } from './commands/detect.js';
import { addDoctor } from './commands/doctor.js';
import { addDrift } from './commands/drift.js';
import { addEstimate } from './commands/estimate.js';
import { addEvaluate } from './commands/evaluate.js';
import { addImportPredictions } from './commands/import-predictions.js';
import { addImport } from './commands/import.js';
import { addInit } from './commands/init.js';
import { addLedger } from './commands/ledger.js';
import { addNotify } from './commands/notify.js';
import { addPause, addResume } from './commands/pause.js';
import { addPredict } from './commands/predict.js';
import { addPromote } from './commands/promote.js';
import { addPrune } from './commands/prune.js';
import { addRetrain } from './commands/retrain.js';
import { addRollback } from './commands/rollback.js';
import { addServe } from './commands/serve.js';
import { addStatus } from './commands/status.js';
import { addUp } from './commands/up.js';
import { addUpgrade } from './commands/upgrade.js';
import { addVersions } from './commands/versions.js';
import { addWorker } from './commands/worker.js';
import type { Io } from './io.js';

/** Commands in the order of `perennial --help`, by what they are for. */
const GROUPS: Readonly<Record<string, readonly ((cli: Cli) => void)[]>> = {
  'Run:': [addDemo, addUp, addWorker, addServe, addCodecServer, addDoctor, addCompletion],
  'Models:': [
    addInit,
    addApply,
    addImport,
    addImportPredictions,
    addStatus,
    addRetrain,
    addCheck,
    addPause,
    addResume,
  ],
  'Decide:': [addApprove, addReject, addPromote, addRollback],
  'Look:': [addVersions, addLedger, addPredict, addNotify],
  'Keep:': [addPrune, addUpgrade],
  'Measure files (no server):': [addDrift, addDetect, addEvaluate, addEstimate],
};

const EXIT_CODES = `
Exit codes: 0 done, 1 something is missing or broke, 2 wrong input, 3 refused (nothing changed),
  4 done without the result asked for, 10 drift found (with --fail-on-drift), 130 interrupted.
Start with: perennial demo`;

/** The `perennial` program, writing to `io`. */
export function createCli(io: Io): Cli {
  const program = new Command('perennial')
    .description('Keeps machine-learning models fit while the world changes.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES);
  const cli = new Cli(program, io);
  for (const [group, adders] of Object.entries(GROUPS)) {
    program.commandsGroup(group);
    for (const add of adders) add(cli);
  }
  return cli;
}
